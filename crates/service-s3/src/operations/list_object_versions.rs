//! `ListObjectVersions`.

use wire::{ApiError, Response};

use super::list_objects::{encoding, prefixes};
use super::render::{encoded, owner, quoted};
use crate::ask::Ask;
use crate::listing::{self, Line, Wanted};
use crate::object::Version;
use crate::xml::Xml;
use crate::{S3, dates, error};

impl S3 {
    pub(crate) fn list_object_versions(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        self.buckets.find(ask.bucket())?;
        let (key, id) = (ask.given("key-marker"), ask.given("version-id-marker"));
        if let (None, Some(id)) = (key, id) {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(error::invalid_argument(message, "version-id-marker", id));
        }
        let wanted = Wanted {
            after: key.map(str::to_owned),
            after_version: id.map(str::to_owned),
            versions: true,
            ..self.wanted(ask)?
        };
        let page = self.objects.look(ask.bucket(), |keys| listing::page(keys, &wanted));
        let encoding = encoding(ask)?;
        let mut xml = Xml::new("ListVersionsResult");
        self.echo(&mut xml, ask, encoding)?;
        xml.text("KeyMarker", encoded(key.unwrap_or_default(), encoding));
        xml.text("VersionIdMarker", id.unwrap_or_default());
        xml.value("IsTruncated", page.truncated);
        if page.truncated {
            xml.maybe("NextKeyMarker", page.last().map(|key| encoded(key, encoding)));
            xml.maybe("NextVersionIdMarker", page.last_version());
        }
        for line in &page.lines {
            if let Line::Version(version, newest) = line {
                begin(&mut xml, version, *newest, encoding);
                owner(&mut xml, &ask.call.account_id);
                xml.end();
            }
        }
        prefixes(&mut xml, &page, encoding);
        Ok(xml.answer())
    }
}

fn begin(xml: &mut Xml, version: &Version, newest: bool, encoding: Option<&str>) {
    xml.begin(if version.content.is_some() { "Version" } else { "DeleteMarker" });
    xml.text("Key", encoded(&version.key, encoding))
        .text("VersionId", version.shown_id())
        .value("IsLatest", newest)
        .text("LastModified", dates::iso(version.modified_ms));
    if let Some(object) = &version.content {
        xml.text("ETag", quoted(&object.etag))
            .text("ChecksumAlgorithm", object.checksum.algorithm.name())
            .text("ChecksumType", object.checksum.kind.name())
            .value("Size", object.size_bytes)
            .text("StorageClass", object.about.storage_class());
    }
}
