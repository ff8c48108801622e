//! An S3 on a store in memory, and requests to it.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use api::s3::{Request, S3 as _};
use api::{Access, AccessDenied, Authorize, Call, Caller};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use engine::RandomIds;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use md5::{Digest as _, Md5};
use store::{Blobs, Clock, Records, SystemClock};
use tokio_util::task::TaskTracker;
use wire::{ApiError, RequestId};

use crate::{Buckets, Parts, S3, S3Config};

pub(super) struct Fixture {
    pub(super) s3: S3,
    pub(super) blobs: Arc<dyn Blobs>,
    records: Arc<dyn Records>,
}

/// An answer that has been read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    headers: http::HeaderMap,
}

/// Lets everybody do everything.
#[derive(Debug)]
struct Open;

impl Authorize for Open {
    fn authorize(&self, _: &Caller, _: &Access<'_>) -> Result<(), AccessDenied> {
        Ok(())
    }
}

impl Fixture {
    pub(super) async fn with_bucket() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let stores = store::memory::open(&clock);
        let this = Self::open(stores.records, stores.blobs).await;
        assert_eq!(this.send("PUT", "/bbb", &[], "").await.status, 200);
        this
    }

    pub(super) async fn reopened(&self) -> Self {
        Self::open(Arc::clone(&self.records), Arc::clone(&self.blobs)).await
    }

    async fn open(records: Arc<dyn Records>, blobs: Arc<dyn Blobs>) -> Self {
        let parts = Parts {
            buckets: Buckets::open(&records).await.unwrap(),
            records: Arc::clone(&records),
            blobs: Arc::clone(&blobs),
            guard: Arc::new(Open),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            tasks: TaskTracker::new(),
        };
        let config = S3Config { part_minimum_bytes: 4, page_size: 3, ..S3Config::default() };
        Self { s3: S3::open(parts, &config).await.unwrap(), blobs, records }
    }

    pub(super) async fn put(&self, key: &str, content: &str) -> Answer {
        self.send("PUT", &format!("/bbb/{key}"), &[], content).await
    }

    pub(super) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = http::Request::builder().method(method).uri(target);
        request = request.header("content-length", body.len());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        let frame = Ok::<_, ApiError>(Frame::data(Bytes::from(body.to_owned())));
        let upload = Box::pin(StreamBody::new(futures_util::stream::iter([frame])));
        let response = match api::s3::route(&parts) {
            Ok(target) => {
                let request = Request { target: &target, parts: &parts, upload };
                self.s3.answer(&call(), request).await
            }
            Err(error) => error.render_xml(&call().request_id),
        };
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            text: String::from_utf8(bytes.to_vec()).unwrap(),
            headers: parts.headers,
        }
    }
}

impl Answer {
    /// Gives a header, or nothing.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn code(&self) -> String {
        between(&self.text, "Code").to_owned()
    }
}

/// Gives the text of the first element of a name.
pub(super) fn between<'t>(text: &'t str, element: &str) -> &'t str {
    let after = text.split_once(&format!("<{element}>")).map_or("", |(_, rest)| rest);
    after.split_once(&format!("</{element}>")).map_or("", |(inside, _)| inside)
}

pub(super) fn md5(text: &str) -> String {
    STANDARD.encode(Md5::digest(text))
}

fn call() -> Call {
    let account = "000000000000".into();
    Call {
        request_id: RequestId::from_random([7; 16]),
        region: "us-east-1".into(),
        caller: Caller::root(&account),
        account_id: account,
        endpoint: "http://127.0.0.1:4566".into(),
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        now: UNIX_EPOCH,
        trace_header: None,
    }
}
