//! `GetObjectTagging`, `PutObjectTagging`, `DeleteObjectTagging`.

use http::StatusCode;
use wire::{ApiError, Response, Upload};

use super::render::{self, DOCUMENT_BYTES};
use crate::ask::Ask;
use crate::object::Version;
use crate::reading::content;
use crate::{S3, tags, xml};

impl S3 {
    pub(crate) fn get_object_tagging(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let version = self.find_content(ask)?;
        let response = tags::document(&content(&version)?.tags).answer();
        Ok(self.with_version(response, ask, &version))
    }

    pub(crate) async fn put_object_tagging(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let version = self.find_content(ask)?;
        let body = ask.document(upload, DOCUMENT_BYTES).await?;
        self.retag(&version, tags::read(&body, tags::OF_OBJECT)?).await?;
        Ok(self.with_version(xml::empty(StatusCode::OK), ask, &version))
    }

    pub(crate) async fn delete_object_tagging(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let version = self.find_content(ask)?;
        self.retag(&version, Vec::new()).await?;
        Ok(self.with_version(xml::empty(StatusCode::NO_CONTENT), ask, &version))
    }

    fn with_version(&self, mut response: Response, ask: &Ask<'_>, version: &Version) -> Response {
        let versioned = self.is_versioned(ask.bucket());
        render::set_version(response.headers_mut(), version, versioned);
        response
    }
}
