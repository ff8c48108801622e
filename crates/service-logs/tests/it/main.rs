//! Stories told against the log service on a store in memory.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod events;
mod groups;
mod retention;
mod search;
mod streams;
mod tags;
mod wire_format;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use api::logs::{CreateLogGroup, CreateLogGroupRequest};
use api::{Call, Caller, Handle, Operation};
use service_logs::{Logs, LogsConfig, Parts};
use store::{Clock, NewEntry, StreamName};
use testkit::{ManualClock, Subject};
use wire::{ApiError, RequestId};

const REGION: &str = "us-east-1";
const FUNCTION: &str = "/aws/lambda/hello";

/// The service with the store and the clock that it stands on.
struct World {
    subject: Subject,
    logs: Logs,
    call: Call,
}

impl World {
    /// Opens the service with a wait of 250 ms before searches up to the present.
    async fn new() -> Self {
        Self::on(Subject::memory()).await
    }

    async fn on(subject: Subject) -> Self {
        let parts = Parts {
            journal: Arc::clone(&subject.stores.journal),
            records: Arc::clone(&subject.stores.records),
            clock: Arc::clone(&subject.clock) as _,
        };
        let logs = Logs::open(parts, &LogsConfig::default()).await.unwrap();
        Self { subject, logs, call: call(REGION) }
    }

    fn clock(&self) -> &ManualClock {
        &self.subject.clock
    }

    fn now_ms(&self) -> i64 {
        self.subject.clock.now_ms()
    }

    async fn run<O: Operation>(&self, input: O::Input) -> Result<O::Output, ApiError>
    where
        Logs: Handle<O>,
    {
        self.logs.handle(&self.call, input).await
    }

    async fn create_group(&self, name: &str) {
        let input = CreateLogGroupRequest { log_group_name: name.into(), ..Default::default() };
        self.run::<CreateLogGroup>(input).await.unwrap();
    }

    /// Writes as functions do: straight to the journal.
    async fn function_writes(&self, stream: &str, events: &[(i64, &str)]) {
        let group = engine::log_group(REGION, FUNCTION).unwrap();
        let name = StreamName::new(group, stream).unwrap();
        let entry = |(time_ms, text): &(i64, &str)| NewEntry {
            time_ms: *time_ms,
            bytes: (*text).to_owned().into(),
        };
        let entries = events.iter().map(entry).collect();
        self.subject.stores.journal.append(&name, entries).await.unwrap();
    }

    fn advance_ms(&self, ms: u64) {
        self.clock().advance(Duration::from_millis(ms));
    }
}

fn call(region: &str) -> Call {
    Call {
        request_id: RequestId::from_random([7; 16]),
        region: region.into(),
        account_id: "000000000000".into(),
        caller: Caller::root(&"000000000000".into()),
        endpoint: "http://127.0.0.1:4566".into(),
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        now: UNIX_EPOCH,
        trace_header: None,
    }
}

#[track_caller]
fn refused<T>(answer: Result<T, ApiError>, code: &str, message: &str) {
    let Err(error) = answer else { panic!("not refused") };
    assert_eq!((error.code(), error.message()), (code, Some(message)));
}
