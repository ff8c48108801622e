//! `GetObjectAttributes`.

use wire::{ApiError, Response};

use super::render;
use crate::ask::Ask;
use crate::reading::content;
use crate::xml::Xml;
use crate::{S3, dates, error};

impl S3 {
    pub(crate) fn get_object_attributes(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let version = self.find_content(ask)?;
        let object = content(&version)?;
        let names = ask.header("x-amz-object-attributes").unwrap_or_default();
        let wanted = |name: &str| names.split(',').any(|one| one.trim() == name);
        if names.is_empty() {
            let message = "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing \
                           or empty";
            return Err(error::invalid_request(message));
        }
        let mut xml = Xml::new("GetObjectAttributesResponse");
        if wanted("ETag") {
            xml.text("ETag", &object.etag);
        }
        if wanted("Checksum") {
            xml.begin("Checksum");
            render::checksum_elements(&mut xml, &object.checksum);
            xml.end();
        }
        if wanted("ObjectParts") && object.upload_id.is_some() {
            xml.begin("ObjectParts").value("TotalPartsCount", object.pieces.len()).end();
        }
        if wanted("StorageClass") {
            xml.text("StorageClass", object.about.storage_class());
        }
        if wanted("ObjectSize") {
            xml.value("ObjectSize", object.size_bytes);
        }
        let mut response = xml.answer();
        let headers = response.headers_mut();
        render::set(headers, "last-modified", &dates::http(version.modified_ms));
        render::set_version(headers, &version, self.is_versioned(ask.bucket()));
        Ok(response)
    }
}
