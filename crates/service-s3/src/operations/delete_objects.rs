//! `DeleteObjects`.

use serde::Deserialize;
use wire::{ApiError, Response, Upload};

use crate::ask::Ask;
use crate::writing::Deleted;
use crate::xml::{self, Xml};
use crate::{S3, error};

/// A thousand keys of a kilobyte each, escaped.
const BODY_BYTES: u64 = 2 * 1024 * 1024 + 512 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    #[serde(rename = "Object")]
    objects: Vec<Named>,
    #[serde(default)]
    quiet: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    key: String,
    version_id: Option<String>,
}

impl S3 {
    pub(crate) async fn delete_objects(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        self.buckets.find(ask.bucket())?;
        let sums = |name: &http::HeaderName| name.as_str().starts_with("x-amz-checksum-");
        let checked =
            ["content-md5", "x-amz-trailer"].iter().any(|name| ask.headers.contains_key(*name))
                || ask.headers.keys().any(sums);
        if !checked {
            return Err(error::invalid_request(
                "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
            ));
        }
        let wanted: Wanted = xml::read(&ask.document(upload, BODY_BYTES).await?)?;
        if wanted.objects.len() > self.config.page_size {
            return Err(error::malformed_xml());
        }
        let mut xml = Xml::new("DeleteResult");
        for object in &wanted.objects {
            match self.delete_one(ask, object).await {
                Ok(_) if wanted.quiet => {}
                Ok(deleted) => told(&mut xml, object, &deleted),
                Err(refusal) => {
                    xml.begin("Error").text("Key", &object.key);
                    xml.maybe("VersionId", object.version_id.as_ref());
                    xml.text("Code", refusal.code());
                    xml.text("Message", refusal.message().unwrap_or_default()).end();
                }
            }
        }
        Ok(xml.answer())
    }

    async fn delete_one(&self, ask: &Ask<'_>, object: &Named) -> Result<Deleted, ApiError> {
        let version = object.version_id.as_deref().filter(|id| !id.is_empty());
        let action = if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
        let arn = format!("arn:aws:s3:::{}/{}", ask.bucket(), object.key);
        self.authorize(ask.call, action, &arn)?;
        self.delete(ask.bucket(), &object.key, version).await
    }
}

fn told(xml: &mut Xml, object: &Named, deleted: &Deleted) {
    xml.begin("Deleted").text("Key", &object.key);
    xml.maybe("VersionId", object.version_id.as_ref().filter(|id| !id.is_empty()));
    if deleted.marker {
        xml.text("DeleteMarker", "true");
        xml.maybe("DeleteMarkerVersionId", deleted.version.as_ref());
    }
    xml.end();
}
