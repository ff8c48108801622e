//! `GetBucketTagging`, `PutBucketTagging`, `DeleteBucketTagging`.

use http::StatusCode;
use wire::{ApiError, Response, Upload};

use super::render::DOCUMENT_BYTES;
use crate::ask::Ask;
use crate::{S3, error, tags, xml};

impl S3 {
    pub(crate) fn get_bucket_tagging(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let bucket = self.buckets.find(ask.bucket())?;
        let none = || error::no_such_tags(ask.bucket());
        Ok(tags::document(bucket.value.tags.as_deref().ok_or_else(none)?).answer())
    }

    pub(crate) async fn put_bucket_tagging(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let body = ask.document(upload, DOCUMENT_BYTES).await?;
        let tags = tags::read(&body, tags::OF_BUCKET)?;
        let some = (!tags.is_empty()).then_some(tags);
        self.buckets.change(ask.bucket(), |bucket| bucket.tags.clone_from(&some)).await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }

    pub(crate) async fn delete_bucket_tagging(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        self.buckets.change(ask.bucket(), |bucket| bucket.tags = None).await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }
}
