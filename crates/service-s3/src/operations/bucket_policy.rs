//! `GetBucketPolicy`, `PutBucketPolicy`, `DeleteBucketPolicy`.

use http::StatusCode;
use policy::{Document, Kind};
use wire::{ApiError, Body, Response, Upload};

use super::render;
use crate::ask::Ask;
use crate::{S3, error, xml};

/// The longest policy.
const POLICY_BYTES: u64 = 20 * 1024;

impl S3 {
    pub(crate) fn get_bucket_policy(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let bucket = self.buckets.find(ask.bucket())?;
        let policy = bucket.value.policy.clone();
        let policy = policy.ok_or_else(|| error::no_such_policy(ask.bucket()))?;
        let mut response = Response::new(Body::from(policy));
        render::set(response.headers_mut(), "content-type", "application/json");
        Ok(response)
    }

    pub(crate) async fn put_bucket_policy(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let body = ask.document(upload, POLICY_BYTES).await?;
        let text = std::str::from_utf8(&body);
        let text =
            text.map_err(|_| error::malformed_policy("Policies must be valid JSON".into()))?;
        Document::parse(text, Kind::Resource)
            .map_err(|malformed| error::malformed_policy(malformed.to_string()))?;
        let change = |bucket: &mut crate::bucket::Bucket| bucket.policy = Some(text.to_owned());
        self.buckets.change(ask.bucket(), change).await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }

    pub(crate) async fn delete_bucket_policy(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        self.buckets.change(ask.bucket(), |bucket| bucket.policy = None).await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }
}
