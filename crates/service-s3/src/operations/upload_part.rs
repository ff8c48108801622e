//! `UploadPart`.

use http::StatusCode;
use store::Expect;
use wire::{ApiError, Response, Upload};

use super::render;
use crate::ask::Ask;
use crate::content::{self, Expected};
use crate::object::{MultipartUpload, Part};
use crate::s3::stored;
use crate::{S3, error, xml};

impl S3 {
    pub(crate) async fn upload_part(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let number = self.part_number(ask)?;
        let whole = self.upload(ask)?;
        let limit_bytes = self.config.upload_bytes;
        let expected = Expected::read(ask.headers, whole.algorithm, limit_bytes)?;
        if whole.chosen && expected.algorithm() != whole.algorithm {
            return Err(error::invalid_request(
                "Checksum Type mismatch occurred between the checksum of the part and that of the upload.",
            ));
        }
        let sent = expected.chosen();
        let received = content::receive(self.blobs.as_ref(), upload, expected).await?;
        let part = Part {
            number,
            piece: received.piece,
            etag: hex::encode(received.md5),
            checksum: received.checksum,
            modified_ms: self.clock.now_ms(),
        };
        let part = self.keep_part(whole, part).await?;
        let mut response = xml::empty(StatusCode::OK);
        let headers = response.headers_mut();
        render::set_etag(headers, &part.etag);
        if sent.is_some() {
            render::set(headers, part.checksum.algorithm.header(), &part.checksum.value);
        }
        Ok(response)
    }

    /// Stores a part of an upload that is still there.
    pub(super) async fn keep_part(
        &self,
        upload: MultipartUpload,
        part: Part,
    ) -> Result<Part, ApiError> {
        let this = self.clone();
        self.durably(async move {
            let _no_blob_goes = this.gate.read().await;
            let _turn = this.objects.turn(&upload.bucket, &upload.key).await;
            if this.uploads.get(&upload.id).is_none() {
                return Err(error::no_such_upload(&upload.id));
            }
            let exists = this.blobs.exists(&part.piece.0).await;
            if !exists.map_err(|cause| error::internal(&cause))? {
                return Err(error::slow_down());
            }
            let key = MultipartUpload::part_key(&upload.id, part.number);
            stored(this.parts.put(&key, &part, Expect::Any).await)?;
            Ok(part)
        })
        .await
    }

    /// Finds the upload that a request names.
    pub(super) fn upload(&self, ask: &Ask<'_>) -> Result<MultipartUpload, ApiError> {
        self.buckets.find(ask.bucket())?;
        let id = ask.query("uploadId").unwrap_or_default();
        let found = self.uploads.get(id).map(|row| MultipartUpload::clone(&row.value));
        let own = found.filter(|one| one.bucket == ask.bucket() && one.key == ask.key());
        own.ok_or_else(|| error::no_such_upload(id))
    }

    pub(super) fn part_number(&self, ask: &Ask<'_>) -> Result<u32, ApiError> {
        let text = ask.query("partNumber").unwrap_or_default();
        let number = text.parse().ok().filter(|number| (1..=self.config.parts).contains(number));
        number.ok_or_else(|| {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            error::invalid_argument(message, "partNumber", text)
        })
    }
}
