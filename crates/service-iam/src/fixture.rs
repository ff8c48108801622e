//! IAM with nobody in it, for tests.

use std::{fmt::Write as _, sync::Arc, time::UNIX_EPOCH};

use api::{Call, Caller};
use engine::RandomIds;
use identity::Directory;
use store::{Clock, SystemClock};
use wire::{Request, RequestId};

use crate::Iam;

pub(crate) const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
pub(crate) const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}"#;

pub(crate) struct Fixture {
    pub(crate) iam: Iam,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let records = store::memory::open(&clock).records;
        let directory = Arc::new(Directory::open(records, "000000000000").await.unwrap());
        Self { iam: Iam { directory, ids: Arc::new(RandomIds) } }
    }

    /// Sends a form as a client would, and gives the status and the text of the answer.
    pub(crate) async fn send(&self, action: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in fields {
            write!(body, "&{name}={}", wire::uri_encode(value)).unwrap();
        }
        let (parts, ()) = http::Request::post("/").body(()).unwrap().into_parts();
        let route = api::iam::route(&parts, body.as_bytes()).unwrap();
        let request = Request { route: &route, parts: &parts, body: body.clone().into() };
        let call = Call {
            request_id: RequestId::from_random([7; 16]),
            region: "us-east-1".into(),
            account_id: Arc::clone(self.iam.directory.account()),
            caller: Caller::root(self.iam.directory.account()),
            endpoint: "http://127.0.0.1:4566".into(),
            source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
            now: UNIX_EPOCH,
            trace_header: None,
        };
        let answer = api::iam::dispatch(&self.iam, &call, request).await;
        let text = std::str::from_utf8(answer.body().bytes().unwrap()).unwrap().to_owned();
        (answer.status().as_u16(), text)
    }

    /// Sends what has to succeed.
    pub(crate) async fn done(&self, action: &str, fields: &[(&str, &str)]) -> String {
        let (status, text) = self.send(action, fields).await;
        assert_eq!(status, 200, "{action}: {text}");
        text
    }

    /// Sends what has to be refused, and gives the code and the message.
    pub(crate) async fn refused(&self, action: &str, fields: &[(&str, &str)]) -> (String, String) {
        let (status, text) = self.send(action, fields).await;
        assert_ne!(status, 200, "{action}: {text}");
        (element(&text, "Code").to_owned(), element(&text, "Message").to_owned())
    }
}

/// Gives what is in the first element of a name.
pub(crate) fn element<'t>(text: &'t str, name: &str) -> &'t str {
    let after = text.split_once(&format!("<{name}>")).map(|(_, after)| after);
    after.and_then(|after| after.split_once(&format!("</{name}>"))).map_or("", |(inside, _)| inside)
}
