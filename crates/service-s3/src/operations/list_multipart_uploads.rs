//! `ListMultipartUploads`.

use wire::{ApiError, Response};

use super::list_objects::encoding;
use super::render::{self, encoded};
use crate::ask::Ask;
use crate::object::MultipartUpload;
use crate::xml::Xml;
use crate::{S3, dates, error};

impl S3 {
    pub(crate) fn list_multipart_uploads(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        self.buckets.find(ask.bucket())?;
        if ask.given("delimiter").is_some() {
            return Err(error::not_implemented());
        }
        let most = self.config.page_size;
        let limit = ask.number("max-uploads", most)?.min(most);
        let (key, id) = (ask.given("key-marker"), ask.given("upload-id-marker"));
        let prefix = ask.query("prefix").unwrap_or_default();
        let mut uploads = self.uploads_after(ask.bucket(), prefix, key, id);
        let truncated = uploads.len() > limit;
        uploads.truncate(limit);
        let encoding = encoding(ask)?;
        let mut xml = Xml::new("ListMultipartUploadsResult");
        xml.text("Bucket", ask.bucket());
        xml.text("KeyMarker", encoded(key.unwrap_or_default(), encoding));
        xml.text("UploadIdMarker", id.unwrap_or_default());
        if let Some(last) = uploads.last().filter(|_| truncated) {
            xml.text("NextKeyMarker", encoded(&last.key, encoding));
            xml.text("NextUploadIdMarker", &last.id);
        }
        xml.text("Prefix", encoded(prefix, encoding)).maybe("EncodingType", encoding);
        xml.value("MaxUploads", limit).value("IsTruncated", truncated);
        for upload in &uploads {
            xml.begin("Upload").text("Key", encoded(&upload.key, encoding));
            xml.text("UploadId", &upload.id);
            for who in ["Initiator", "Owner"] {
                xml.begin(who).text("ID", render::owner_id(&ask.call.account_id)).end();
            }
            xml.text("StorageClass", upload.about.storage_class());
            xml.text("Initiated", dates::iso(upload.initiated_ms));
            xml.text("ChecksumAlgorithm", upload.algorithm.name());
            xml.text("ChecksumType", upload.kind.name()).end();
        }
        Ok(xml.answer())
    }

    /// Gives the uploads of a bucket after a marker, by key and then by the time they began.
    fn uploads_after(
        &self,
        bucket: &str,
        prefix: &str,
        key: Option<&str>,
        id: Option<&str>,
    ) -> Vec<MultipartUpload> {
        let rows = self.uploads.range("", None, usize::MAX);
        let own = rows.iter().map(|row| MultipartUpload::clone(&row.value));
        let mut own: Vec<_> =
            own.filter(|one| one.bucket == bucket && one.key.starts_with(prefix)).collect();
        own.sort_by(|one, other| {
            let order = |upload: &MultipartUpload| (upload.initiated_ms, upload.id.clone());
            one.key.cmp(&other.key).then_with(|| order(one).cmp(&order(other)))
        });
        let Some(key) = key else { return own };
        let marked = own.iter().position(|one| one.key == key && Some(one.id.as_str()) == id);
        match marked {
            Some(at) => own.split_off(at + 1),
            None => own.into_iter().filter(|one| one.key.as_str() > key).collect(),
        }
    }
}
