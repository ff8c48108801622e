//! `AbortMultipartUpload`.

use http::StatusCode;
use wire::{ApiError, Response};

use crate::ask::Ask;
use crate::{S3, xml};

impl S3 {
    pub(crate) async fn abort_multipart_upload(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let (this, upload) = (self.clone(), self.upload(ask)?);
        self.durably(async move {
            let _turn = this.objects.turn(&upload.bucket, &upload.key).await;
            this.forget_upload(&upload).await
        })
        .await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }
}
