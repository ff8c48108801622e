//! The headers that a client stores with content, and those that ask for what is not offered.

use http::{HeaderMap, HeaderName, HeaderValue};
use wire::ApiError;

use crate::error;
use crate::object::About;

const METADATA: &str = "x-amz-meta-";
const METADATA_BYTES: usize = 2048;

/// Headers that are stored and given back.
const STORED: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

/// Beginnings of headers that promise what is not offered.
const REFUSED: &[&str] = &[
    "x-amz-server-side-encryption-customer-",
    "x-amz-copy-source-server-side-encryption-customer-",
    "x-amz-object-lock-",
    "x-amz-write-offset-bytes",
];

const USUAL_TYPE: &str = "binary/octet-stream";

// === impl About ===

impl About {
    /// Reads what is to be stored with content.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        check(headers)?;
        let mut about = Self::default();
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if let Some(name) = name.as_str().strip_prefix(METADATA) {
                let known = about.metadata.entry(name.to_owned()).or_default();
                // Repeated headers are one list.
                *known = if known.is_empty() { value } else { format!("{known},{value}") };
            } else if STORED.contains(&name.as_str()) {
                about.headers.insert(name.as_str().to_owned(), value);
            }
        }
        about.strip_chunking();
        about.headers.entry("content-type".to_owned()).or_insert_with(|| USUAL_TYPE.to_owned());
        let size: usize = about.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if size > METADATA_BYTES { Err(error::metadata_too_large()) } else { Ok(about) }
    }

    /// Leaves out the layout of the request's own body.
    fn strip_chunking(&mut self) {
        let Some(encoding) = self.headers.remove("content-encoding") else { return };
        let kept: Vec<_> = encoding
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty() && !one.eq_ignore_ascii_case("aws-chunked"))
            .collect();
        if !kept.is_empty() {
            self.headers.insert("content-encoding".to_owned(), kept.join(","));
        }
    }

    pub(crate) fn storage_class(&self) -> &str {
        self.headers.get("x-amz-storage-class").map_or("STANDARD", String::as_str)
    }

    /// Adds the stored headers to an answer that has the content.
    pub(crate) fn show(&self, answer: &mut HeaderMap) {
        self.show_encryption(answer);
        let metadata =
            self.metadata.iter().map(|(name, value)| (format!("{METADATA}{name}"), value));
        let plain = self.headers.iter().map(|(name, value)| (name.clone(), value));
        for (name, value) in plain.chain(metadata) {
            if name == "x-amz-storage-class" && value == "STANDARD" {
                continue;
            }
            // They came as headers, so they can go as headers.
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                answer.insert(name, value);
            }
        }
    }

    /// Adds what an answer tells of encryption: every blob is encrypted, whatever was asked for.
    pub(crate) fn show_encryption(&self, answer: &mut HeaderMap) {
        let encryption = "x-amz-server-side-encryption";
        answer.insert(encryption, HeaderValue::from_static("AES256"));
        for (name, value) in self.headers.iter().filter(|(name, _)| name.starts_with(encryption)) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value))
            {
                answer.insert(name, value);
            }
        }
    }
}

/// Refuses what would be ignored otherwise. ACLs are off, as they are for every new bucket on AWS.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let refused = |name: &HeaderName| REFUSED.iter().any(|start| name.as_str().starts_with(start));
    if headers.keys().any(refused) {
        return Err(error::not_implemented());
    }
    let canned = headers.get("x-amz-acl").map(HeaderValue::as_bytes);
    let grants = headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"));
    match canned {
        None | Some(b"private" | b"bucket-owner-full-control") if !grants => Ok(()),
        _ => Err(error::acl_not_supported()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn what_is_stored_comes_back_without_the_layout_of_the_body() {
        let about = About::read(&headers(&[
            ("content-encoding", "gzip, aws-chunked"),
            ("x-amz-meta-owner", "ada"),
            ("x-amz-storage-class", "STANDARD"),
            ("user-agent", "x"),
        ]))
        .unwrap();
        let mut shown = HeaderMap::new();
        about.show(&mut shown);
        assert_eq!(shown.len(), 4);
        assert_eq!(shown["content-encoding"], "gzip");
        assert_eq!(shown["content-type"], USUAL_TYPE);
        assert_eq!(shown["x-amz-meta-owner"], "ada");
        let plain = About::read(&headers(&[("content-encoding", "aws-chunked")])).unwrap();
        assert!(!plain.headers.contains_key("content-encoding"));
    }

    #[test]
    fn what_is_not_offered_is_refused_rather_than_ignored() {
        let long = "x".repeat(2050);
        for (name, value, code) in [
            ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
            ("x-amz-grant-read", "id=1", "AccessControlListNotSupported"),
            ("x-amz-server-side-encryption-customer-key", "k", "NotImplemented"),
            ("x-amz-object-lock-mode", "GOVERNANCE", "NotImplemented"),
            ("x-amz-meta-long", &long, "MetadataTooLarge"),
        ] {
            let refused = About::read(&headers(&[(name, value)])).unwrap_err();
            assert_eq!(refused.code(), code, "{name}");
        }
        assert!(About::read(&headers(&[("x-amz-acl", "private")])).is_ok());
    }
}
