//! `DeleteObject`.

use http::StatusCode;
use wire::{ApiError, Response};

use super::render;
use crate::ask::Ask;
use crate::{S3, xml};

impl S3 {
    pub(crate) async fn delete_object(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let version = ask.given("versionId");
        let deleted = self.delete(ask.bucket(), ask.key(), version).await?;
        let mut response = xml::empty(StatusCode::NO_CONTENT);
        let headers = response.headers_mut();
        if let Some(id) = &deleted.version {
            render::set(headers, "x-amz-version-id", id);
        }
        if deleted.marker {
            render::set(headers, "x-amz-delete-marker", "true");
        }
        Ok(response)
    }
}
