//! `CreateMultipartUpload`.

use store::Expect;
use wire::{ApiError, Response};

use super::put_object::tags_of;
use super::render;
use crate::ask::Ask;
use crate::checksum::{Algorithm, Kind};
use crate::object::{About, MultipartUpload};
use crate::s3::stored;
use crate::xml::Xml;
use crate::{S3, error};

impl S3 {
    pub(crate) async fn create_multipart_upload(
        &self,
        ask: &Ask<'_>,
    ) -> Result<Response, ApiError> {
        self.buckets.find(ask.bucket())?;
        ask.check_key()?;
        let (algorithm, kind) = checksum(ask)?;
        let upload = MultipartUpload {
            id: self.ids.next().simple().to_string(),
            bucket: ask.bucket().to_owned(),
            key: ask.key().to_owned(),
            initiated_ms: self.clock.now_ms(),
            about: About::read(ask.headers)?,
            tags: tags_of(ask)?,
            algorithm: algorithm.unwrap_or(Algorithm::DEFAULT),
            kind,
            chosen: algorithm.is_some(),
        };
        stored(self.uploads.put(&upload.id, &upload, Expect::Absent).await)?;
        let mut xml = Xml::new("InitiateMultipartUploadResult");
        xml.text("Bucket", ask.bucket()).text("Key", ask.key()).text("UploadId", &upload.id);
        let mut response = xml.answer();
        let headers = response.headers_mut();
        upload.about.show_encryption(headers);
        if upload.chosen {
            render::set(headers, "x-amz-checksum-algorithm", upload.algorithm.name());
            render::set(headers, "x-amz-checksum-type", upload.kind.name());
        }
        Ok(response)
    }
}

/// Reads which checksum the parts are to have, and of what the whole's is.
fn checksum(ask: &Ask<'_>) -> Result<(Option<Algorithm>, Kind), ApiError> {
    let unsupported = || {
        error::invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, \
             CRC64NVME, SHA1, SHA256]",
        )
    };
    let algorithm = match ask.header("x-amz-checksum-algorithm") {
        Some(name) => Some(Algorithm::named(name).ok_or_else(unsupported)?),
        None => None,
    };
    let usual = algorithm.unwrap_or(Algorithm::DEFAULT).usual_kind();
    let kind = match ask.header("x-amz-checksum-type") {
        Some(name) => Kind::named(name).ok_or_else(|| {
            error::invalid_request("Value for x-amz-checksum-type header is invalid.")
        })?,
        None => usual,
    };
    if !algorithm.unwrap_or(Algorithm::DEFAULT).permits(kind) {
        return Err(error::invalid_request(
            "The checksum type cannot be used with the specified checksum algorithm.",
        ));
    }
    Ok((algorithm, kind))
}
