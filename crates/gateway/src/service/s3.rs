//! S3.

use api::{Call, s3};
use async_trait::async_trait;
use http::request::Parts;
use wire::{Response, Upload};

use crate::{
    StreamingService,
    authorize::{self, Need},
    streaming::is_obsolete,
};

/// Amazon S3.
#[derive(Debug)]
pub struct S3Service<S>(pub S);

#[async_trait]
impl<S: s3::S3 + std::fmt::Debug> StreamingService for S3Service<S> {
    fn signing_name(&self) -> &'static str {
        s3::SIGNING_NAME
    }

    fn recognises(&self, parts: &Parts) -> bool {
        if is_obsolete(parts) {
            return true;
        }
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        host.is_some_and(|host| host.starts_with("s3.") || host.contains(".s3."))
    }

    fn needs(&self, _call: &Call, parts: &Parts) -> Vec<Need> {
        s3::route(parts).map(|target| authorize::s3(&target, parts)).unwrap_or_default()
    }

    async fn answer(&self, call: &Call, parts: &Parts, upload: Upload) -> Response {
        match s3::route(parts) {
            Ok(target) => {
                let request = s3::Request { target: &target, parts, upload };
                self.0.answer(call, request).await
            }
            Err(error) => error.render_xml(&call.request_id),
        }
    }
}
