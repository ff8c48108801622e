//! `ListObjects`, `ListObjectsV2`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use wire::{ApiError, Response};

use super::render::{encoded, owner, quoted};
use crate::ask::Ask;
use crate::listing::{self, Line, Page, Wanted};
use crate::object::Version;
use crate::xml::Xml;
use crate::{S3, dates, error};

impl S3 {
    pub(crate) fn list_objects(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let marker = ask.given("marker");
        let page = self.page_of(ask, marker.map(str::to_owned))?;
        let encoding = encoding(ask)?;
        let mut xml = self.begin(ask, encoding)?;
        xml.text("Marker", encoded(marker.unwrap_or_default(), encoding));
        xml.value("IsTruncated", page.truncated);
        // Without a delimiter the last key is the marker, and clients take it themselves.
        if page.truncated && ask.given("delimiter").is_some() {
            xml.maybe("NextMarker", page.last().map(|last| encoded(last, encoding)));
        }
        lines(&mut xml, ask, &page, true)?;
        Ok(xml.answer())
    }

    pub(crate) fn list_objects_v2(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let token = ask.query("continuation-token");
        let after = match token {
            Some(token) => Some(open_token(token)?),
            None => ask.given("start-after").map(str::to_owned),
        };
        let page = self.page_of(ask, after)?;
        let encoding = encoding(ask)?;
        let mut xml = self.begin(ask, encoding)?;
        xml.value("KeyCount", page.lines.len()).value("IsTruncated", page.truncated);
        xml.maybe("ContinuationToken", token);
        xml.maybe("StartAfter", ask.given("start-after").map(|key| encoded(key, encoding)));
        if page.truncated {
            xml.maybe("NextContinuationToken", page.last().map(|key| URL_SAFE_NO_PAD.encode(key)));
        }
        lines(&mut xml, ask, &page, ask.query("fetch-owner") == Some("true"))?;
        Ok(xml.answer())
    }

    fn page_of(&self, ask: &Ask<'_>, after: Option<String>) -> Result<Page, ApiError> {
        self.buckets.find(ask.bucket())?;
        let wanted = Wanted { after, ..self.wanted(ask)? };
        Ok(self.objects.look(ask.bucket(), |keys| listing::page(keys, &wanted)))
    }

    /// Reads what all lists of keys are asked for.
    pub(super) fn wanted(&self, ask: &Ask<'_>) -> Result<Wanted, ApiError> {
        let most = self.config.page_size;
        Ok(Wanted {
            prefix: ask.query("prefix").unwrap_or_default().to_owned(),
            delimiter: ask.given("delimiter").map(str::to_owned),
            limit: ask.number("max-keys", most)?.min(most),
            ..Wanted::default()
        })
    }

    fn begin(&self, ask: &Ask<'_>, encoding: Option<&str>) -> Result<Xml, ApiError> {
        let mut xml = Xml::new("ListBucketResult");
        self.echo(&mut xml, ask, encoding)?;
        Ok(xml)
    }

    /// Repeats what was asked for.
    pub(super) fn echo(
        &self,
        xml: &mut Xml,
        ask: &Ask<'_>,
        encoding: Option<&str>,
    ) -> Result<(), ApiError> {
        xml.text("Name", ask.bucket());
        xml.text("Prefix", encoded(ask.query("prefix").unwrap_or_default(), encoding));
        xml.maybe("Delimiter", ask.given("delimiter").map(|text| encoded(text, encoding)));
        xml.value("MaxKeys", self.wanted(ask)?.limit);
        xml.maybe("EncodingType", encoding);
        Ok(())
    }
}

/// Reads how keys are to be encoded.
pub(super) fn encoding<'a>(ask: &Ask<'a>) -> Result<Option<&'a str>, ApiError> {
    match ask.given("encoding-type") {
        None => Ok(None),
        Some("url") => Ok(Some("url")),
        Some(other) => {
            let message = "Invalid Encoding Method specified in Request";
            Err(error::invalid_argument(message, "encoding-type", other))
        }
    }
}

fn open_token(token: &str) -> Result<String, ApiError> {
    let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let message = "The continuation token provided is incorrect";
    let key = key.filter(|key| !key.is_empty());
    key.ok_or_else(|| error::invalid_argument(message, "continuation-token", token))
}

fn lines(xml: &mut Xml, ask: &Ask<'_>, page: &Page, owners: bool) -> Result<(), ApiError> {
    let encoding = encoding(ask)?;
    for line in &page.lines {
        if let Line::Version(version, _) = line {
            contents(xml, version, encoding);
            if owners {
                owner(xml, &ask.call.account_id);
            }
            xml.end();
        }
    }
    prefixes(xml, page, encoding);
    Ok(())
}

fn contents(xml: &mut Xml, version: &Version, encoding: Option<&str>) {
    xml.begin("Contents").text("Key", encoded(&version.key, encoding));
    xml.text("LastModified", dates::iso(version.modified_ms));
    if let Some(object) = &version.content {
        xml.text("ETag", quoted(&object.etag))
            .text("ChecksumAlgorithm", object.checksum.algorithm.name())
            .text("ChecksumType", object.checksum.kind.name())
            .value("Size", object.size_bytes)
            .text("StorageClass", object.about.storage_class());
    }
}

/// Writes what keys have in common.
pub(super) fn prefixes(xml: &mut Xml, page: &Page, encoding: Option<&str>) {
    for line in &page.lines {
        if let Line::Prefix(prefix) = line {
            xml.begin("CommonPrefixes").text("Prefix", encoded(prefix, encoding)).end();
        }
    }
}
