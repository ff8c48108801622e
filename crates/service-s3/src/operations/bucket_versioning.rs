//! `GetBucketVersioning`, `PutBucketVersioning`.

use http::StatusCode;
use serde::Deserialize;
use wire::{ApiError, Response, Upload};

use super::render::DOCUMENT_BYTES;
use crate::ask::Ask;
use crate::bucket::Versioning;
use crate::xml::{self, Xml};
use crate::{S3, error};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    status: Option<String>,
    #[serde(default)]
    mfa_delete: Option<String>,
}

impl S3 {
    pub(crate) fn get_bucket_versioning(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let bucket = self.buckets.find(ask.bucket())?;
        let mut xml = Xml::new("VersioningConfiguration");
        xml.maybe("Status", bucket.value.versioning.map(Versioning::name));
        Ok(xml.answer())
    }

    pub(crate) async fn put_bucket_versioning(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let wanted: Configuration = xml::read(&ask.document(upload, DOCUMENT_BYTES).await?)?;
        if wanted.mfa_delete.as_deref() == Some("Enabled") {
            return Err(error::not_implemented());
        }
        let versioning = match wanted.status.as_deref() {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            _ => return Err(error::malformed_xml()),
        };
        self.buckets.change(ask.bucket(), |bucket| bucket.versioning = Some(versioning)).await?;
        Ok(xml::empty(StatusCode::OK))
    }
}
