//! `PutLogEvents`.

use std::ops::Range;

use api::logs::{
    InputLogEvent, PutLogEvents, PutLogEventsRequest, PutLogEventsResponse, RejectedLogEventsInfo,
    errors,
};
use api::{Call, Handle};
use store::NewEntry;
use wire::ApiError;

use crate::Logs;
use crate::error::unavailable;
use crate::groups::Group;
use crate::page::EVENT_OVERHEAD_BYTES;
use crate::retention::expired_before_ms;

const HOUR_MS: i64 = 60 * 60 * 1000;
const MAX_BATCH_BYTES: usize = 1024 * 1024;
const MAX_SPAN_MS: i64 = 24 * HOUR_MS;
const MAX_AHEAD_MS: i64 = 2 * HOUR_MS;
const MAX_AGE_MS: i64 = 14 * 24 * HOUR_MS;

/// Which times are taken.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "units belong into names")]
struct Limits {
    /// Events before this are too old.
    oldest_ms: i64,
    /// Events before this would be removed at once.
    expired_before_ms: Option<i64>,
    /// Events after this are too new.
    newest_ms: i64,
}

impl Handle<PutLogEvents> for Logs {
    async fn handle(
        &self,
        call: &Call,
        input: PutLogEventsRequest,
    ) -> Result<PutLogEventsResponse, ApiError> {
        let events = input.log_events;
        check_batch(&events)?;
        let group = self.existing_group(call, &input.log_group_name).await?;
        let stream = self.existing_stream(group, &input.log_stream_name).await?;
        let row = self.groups.get(&Group::key(&call.region, &input.log_group_name));
        let limits = Limits::at(self.clock.now_ms(), row.as_ref().map(|row| &*row.value));
        let (accepted, rejected) = limits.split(&events);
        check_span(&events[accepted.clone()])?;
        let accepted = events.into_iter().skip(accepted.start).take(accepted.len());
        let entries: Vec<_> = accepted
            .map(|event| NewEntry { time_ms: event.timestamp, bytes: event.message.into() })
            .collect();
        let mut total = stream.entries;
        if !entries.is_empty() {
            let appended = self.journal.append(&stream.name, entries).await.map_err(unavailable)?;
            total += appended.len() as u64;
        }
        Ok(PutLogEventsResponse {
            next_sequence_token: Some(format!("{total:056}")),
            rejected_log_events_info: rejected,
            rejected_entity_info: None,
        })
    }
}

fn check_batch(events: &[InputLogEvent]) -> Result<(), ApiError> {
    let bytes: usize = events.iter().map(|event| event.message.len() + EVENT_OVERHEAD_BYTES).sum();
    if bytes > MAX_BATCH_BYTES {
        return Err(errors::invalid_parameter(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MAX_BATCH_BYTES}"
        )));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(errors::invalid_parameter(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    Ok(())
}

fn check_span(events: &[InputLogEvent]) -> Result<(), ApiError> {
    match events {
        [first, .., last] if last.timestamp - first.timestamp > MAX_SPAN_MS => {
            Err(errors::invalid_parameter(
                "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
            ))
        }
        _ => Ok(()),
    }
}

impl Limits {
    fn at(now_ms: i64, group: Option<&Group>) -> Self {
        Self {
            oldest_ms: now_ms - MAX_AGE_MS,
            expired_before_ms: group.and_then(|group| expired_before_ms(group, now_ms)),
            newest_ms: now_ms + MAX_AHEAD_MS,
        }
    }

    /// Returns which events, which are in order of their times, are accepted and what is to be told
    /// about the others.
    fn split(self, events: &[InputLogEvent]) -> (Range<usize>, Option<RejectedLogEventsInfo>) {
        let before = |time_ms: i64| events.partition_point(|event| event.timestamp < time_ms);
        let old = before(self.oldest_ms);
        let expired = self.expired_before_ms.map_or(0, before);
        let new = events.partition_point(|event| event.timestamp <= self.newest_ms);
        let index = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        let info = RejectedLogEventsInfo {
            too_new_log_event_start_index: (new < events.len()).then(|| index(new)),
            too_old_log_event_end_index: (old > 0).then(|| index(old)),
            expired_log_event_end_index: (expired > 0).then(|| index(expired)),
        };
        let first = old.max(expired).min(new);
        let rejected = (info != RejectedLogEventsInfo::default()).then_some(info);
        (first..new, rejected)
    }
}
