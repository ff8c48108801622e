//! `PutObject`.

use http::StatusCode;
use wire::{ApiError, Response, Upload};

use super::render;
use crate::ask::Ask;
use crate::checksum::Algorithm;
use crate::conditions::Replaces;
use crate::content::{self, Expected};
use crate::object::{About, Object};
use crate::tags::{self, Tag};
use crate::writing::New;
use crate::{S3, xml};

impl S3 {
    pub(crate) async fn put_object(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        self.buckets.find(ask.bucket())?;
        ask.check_key()?;
        let about = About::read(ask.headers)?;
        let tags = tags_of(ask)?;
        let replaces = Replaces::read(ask.headers)?;
        let limit_bytes = self.config.upload_bytes;
        let expected = Expected::read(ask.headers, Algorithm::DEFAULT, limit_bytes)?;
        let received = content::receive(self.blobs.as_ref(), upload, expected).await?;
        let object = Object {
            size_bytes: received.piece.1,
            pieces: vec![received.piece],
            etag: hex::encode(received.md5),
            checksum: received.checksum,
            about,
            tags,
            upload_id: None,
        };
        let (bucket, key) = (ask.bucket().to_owned(), ask.key().to_owned());
        let version = self.put(New { bucket, key, object, replaces }).await?;
        let mut response = xml::empty(StatusCode::OK);
        let headers = response.headers_mut();
        if let Some(object) = &version.content {
            render::set_etag(headers, &object.etag);
            render::set_checksum(headers, &object.checksum);
            object.about.show_encryption(headers);
        }
        render::set_version(headers, &version, self.is_versioned(ask.bucket()));
        Ok(response)
    }

    /// Tells whether answers about a bucket's objects name versions.
    pub(super) fn is_versioned(&self, bucket: &str) -> bool {
        self.buckets.find(bucket).is_ok_and(|bucket| bucket.value.versioning.is_some())
    }
}

/// Reads the tags that come as a header.
pub(super) fn tags_of(ask: &Ask<'_>) -> Result<Vec<Tag>, ApiError> {
    ask.header("x-amz-tagging").map_or_else(|| Ok(Vec::new()), tags::from_header)
}
