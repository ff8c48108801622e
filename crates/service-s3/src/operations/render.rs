//! What answers have in common.

use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

use crate::checksum::Checksum;
use crate::object::Version;
use crate::xml::Xml;

/// How large a settings document may be.
pub(super) const DOCUMENT_BYTES: u64 = 64 * 1024;

/// Sets a header to a text that a header can carry.
pub(super) fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

pub(super) fn set_etag(headers: &mut HeaderMap, etag: &str) {
    set(headers, "etag", &quoted(etag));
}

pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// Tells which version it was, in buckets that have versions.
pub(super) fn set_version(headers: &mut HeaderMap, version: &Version, versioned: bool) {
    if versioned {
        set(headers, "x-amz-version-id", version.shown_id());
    }
}

pub(super) fn set_checksum(headers: &mut HeaderMap, checksum: &Checksum) {
    set(headers, checksum.algorithm.header(), &checksum.value);
    set(headers, "x-amz-checksum-type", checksum.kind.name());
}

pub(super) fn checksum_elements(xml: &mut Xml, checksum: &Checksum) {
    xml.text(checksum.algorithm.element(), &checksum.value);
    xml.text("ChecksumType", checksum.kind.name());
}

/// Gives the canonical id of the account's owner, which is made up: AWS's says nothing either.
pub(super) fn owner_id(account: &str) -> String {
    hex::encode(Sha256::digest(account))
}

pub(super) fn owner(xml: &mut Xml, account: &str) {
    xml.begin("Owner").text("ID", owner_id(account)).end();
}

/// Encodes keys as the client wants them.
pub(super) fn encoded(text: &str, encoding: Option<&str>) -> String {
    match encoding {
        Some("url") => {
            let parts: Vec<_> = text.split('/').map(wire::uri_encode).collect();
            parts.join("/")
        }
        _ => text.to_owned(),
    }
}
