//! `DeleteBucket`.

use http::StatusCode;
use store::Expect;
use wire::{ApiError, Response};

use crate::ask::Ask;
use crate::object::MultipartUpload;
use crate::s3::stored;
use crate::{S3, error, xml};

impl S3 {
    pub(crate) async fn delete_bucket(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let (this, name) = (self.clone(), ask.bucket().to_owned());
        self.durably(async move {
            let _nothing_is_put = this.gate.write().await;
            this.buckets.find(&name)?;
            if !this.objects.is_empty(&name) {
                return Err(error::bucket_not_empty(&name));
            }
            stored(this.buckets.table().delete(&name, Expect::Any).await)?;
            // From here on the bucket is gone; what a crash leaves is swept at the next start.
            for upload in this.uploads.range("", None, usize::MAX) {
                if upload.value.bucket == name {
                    this.forget_upload(&upload.value).await?;
                }
            }
            Ok(())
        })
        .await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }

    /// Removes an upload in parts: first itself, whose parts then belong to nothing.
    pub(crate) async fn forget_upload(&self, upload: &MultipartUpload) -> Result<(), ApiError> {
        stored(self.uploads.delete(&upload.id, Expect::Any).await)?;
        let prefix = MultipartUpload::parts_prefix(&upload.id);
        for part in self.parts.range(&prefix, None, usize::MAX) {
            stored(self.parts.delete(&part.key, Expect::Any).await)?;
        }
        Ok(())
    }
}
