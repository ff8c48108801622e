//! `UploadPartCopy`.

use futures_util::TryStreamExt;
use http_body::Frame;
use http_body_util::StreamBody;
use wire::{ApiError, Response, Upload};

use super::render;
use crate::ask::Ask;
use crate::content::{self, Expected};
use crate::object::Part;
use crate::reading::{self, content as content_of};
use crate::xml::Xml;
use crate::{S3, conditions, dates, error, range};

impl S3 {
    pub(crate) async fn upload_part_copy(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let number = self.part_number(ask)?;
        let whole = self.upload(ask)?;
        let source = self.source(ask)?;
        let object = content_of(&source)?;
        conditions::check_source(ask.headers, &source, object)?;
        let range = range::of_copy(ask.header("x-amz-copy-source-range"), object.size_bytes)?;
        let length = range.end - range.start;
        if length > self.config.upload_bytes {
            return Err(error::too_large(length, self.config.upload_bytes));
        }
        // Read and stored anew: a part is one piece, whatever the source is.
        let chunks = reading::chunks(&self.blobs, &object.pieces, range);
        let frames = chunks.map_ok(Frame::data).map_err(|cause| error::internal(&cause));
        let upload: Upload = Box::pin(StreamBody::new(frames));
        let expected = Expected::of_length(length, whole.algorithm);
        let received = content::receive(self.blobs.as_ref(), upload, expected).await?;
        let part = Part {
            number,
            piece: received.piece,
            etag: hex::encode(received.md5),
            checksum: received.checksum,
            modified_ms: self.clock.now_ms(),
        };
        let part = self.keep_part(whole, part).await?;
        let mut xml = Xml::new("CopyPartResult");
        xml.text("LastModified", dates::iso(part.modified_ms));
        xml.text("ETag", render::quoted(&part.etag));
        xml.text(part.checksum.algorithm.element(), &part.checksum.value);
        let mut response = xml.answer();
        if self.is_versioned(&source.bucket) {
            let headers = response.headers_mut();
            render::set(headers, "x-amz-copy-source-version-id", source.shown_id());
        }
        Ok(response)
    }
}
