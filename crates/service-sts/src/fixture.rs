//! A directory with two roles, for tests.

use std::{sync::Arc, time::UNIX_EPOCH};

use api::{Call, Caller};
use engine::RandomIds;
use identity::{Directory, Grants, Guard, Role, Sessions};
use store::{Clock, Expect, SystemClock};
use wire::{RequestId, sigv4::Credential};

use crate::Sts;

/// A role that everybody in the account may take on.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/r";

pub(crate) struct Fixture {
    pub(crate) sts: Sts,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let records = store::memory::open(&clock).records;
        let directory = Arc::new(Directory::open(records, "000000000000").await.unwrap());
        for (name, principal) in [
            ("r", r#"{"AWS": "000000000000"}"#),
            ("closed", r#"{"Service": "lambda.amazonaws.com"}"#),
        ] {
            let trust = format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal},
                "Action": "sts:AssumeRole"}}}}"#
            );
            let role = Role {
                name: name.into(),
                path: "/".into(),
                id: format!("AROA{name}"),
                created_ms: 0,
                description: None,
                max_session_s: 3600,
                trust,
                grants: Grants::default(),
            };
            directory.roles().put(name, &role, Expect::Absent).await.unwrap();
        }
        let sessions = Arc::new(Sessions::new(b"secret", Arc::new(RandomIds)));
        let guard = Arc::new(Guard::new(Arc::clone(&directory), Vec::new()));
        Self { sts: Sts { directory, sessions, guard } }
    }

    pub(crate) fn find(&self, key: &str, token: &str) -> Option<(Credential, Caller)> {
        self.sts.directory.credential(&self.sts.sessions, key, Some(token))
    }

    pub(crate) fn call(&self) -> Call {
        Call {
            request_id: RequestId::from_random([7; 16]),
            region: "us-east-1".into(),
            account_id: Arc::clone(self.sts.directory.account()),
            caller: Caller::root(self.sts.directory.account()),
            endpoint: "http://127.0.0.1:4566".into(),
            source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
            now: UNIX_EPOCH,
            trace_header: None,
        }
    }
}
