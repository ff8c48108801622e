//! `ListParts`.

use wire::{ApiError, Response};

use super::render;
use crate::S3;
use crate::ask::Ask;
use crate::dates;
use crate::object::MultipartUpload;
use crate::xml::Xml;

impl S3 {
    pub(crate) fn list_parts(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let upload = self.upload(ask)?;
        let most = self.config.page_size;
        let limit = ask.number("max-parts", most)?.min(most);
        let marker = u32::try_from(ask.number("part-number-marker", 0)?).unwrap_or(u32::MAX);
        let prefix = MultipartUpload::parts_prefix(&upload.id);
        let after = MultipartUpload::part_key(&upload.id, marker);
        let mut parts = self.parts.range(&prefix, Some(&after), limit + 1);
        let truncated = parts.len() > limit;
        parts.truncate(limit);
        let mut xml = Xml::new("ListPartsResult");
        xml.text("Bucket", ask.bucket()).text("Key", ask.key()).text("UploadId", &upload.id);
        for who in ["Initiator", "Owner"] {
            xml.begin(who).text("ID", render::owner_id(&ask.call.account_id)).end();
        }
        xml.text("StorageClass", upload.about.storage_class());
        xml.value("PartNumberMarker", marker);
        xml.maybe("NextPartNumberMarker", parts.last().map(|part| part.value.number.to_string()));
        xml.value("MaxParts", limit).value("IsTruncated", truncated);
        if upload.chosen {
            xml.text("ChecksumAlgorithm", upload.algorithm.name());
            xml.text("ChecksumType", upload.kind.name());
        }
        for part in &parts {
            let part = &part.value;
            xml.begin("Part").value("PartNumber", part.number);
            xml.text("LastModified", dates::iso(part.modified_ms));
            xml.text("ETag", render::quoted(&part.etag));
            xml.text(part.checksum.algorithm.element(), &part.checksum.value);
            xml.value("Size", part.piece.1).end();
        }
        Ok(xml.answer())
    }
}
