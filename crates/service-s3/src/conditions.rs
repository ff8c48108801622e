//! What a request wants to hold before it reads or writes.
//!
//! Source: RFC 9110, section 13, and S3 API Reference, `GetObject`, `PutObject`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};
use wire::ApiError;

use crate::error;
use crate::object::{Object, Version};

/// Checks the conditions of a read.
pub(crate) fn check_read(
    headers: &HeaderMap,
    version: &Version,
    object: &Object,
) -> Result<(), ApiError> {
    let names = [
        header::IF_MATCH.as_str(),
        header::IF_UNMODIFIED_SINCE.as_str(),
        header::IF_NONE_MATCH.as_str(),
        header::IF_MODIFIED_SINCE.as_str(),
    ];
    let found = hold(headers, names, version, object);
    match found {
        Ok(()) => Ok(()),
        Err(Failed::Changed(condition)) => Err(error::precondition_failed(condition)),
        Err(Failed::Unchanged(_)) => Err(error::not_modified()),
    }
}

/// Checks the conditions on what is copied.
pub(crate) fn check_source(
    headers: &HeaderMap,
    version: &Version,
    object: &Object,
) -> Result<(), ApiError> {
    let names = [
        "x-amz-copy-source-if-match",
        "x-amz-copy-source-if-unmodified-since",
        "x-amz-copy-source-if-none-match",
        "x-amz-copy-source-if-modified-since",
    ];
    hold(headers, names, version, object).map_err(|failed| match failed {
        Failed::Changed(condition) | Failed::Unchanged(condition) => {
            error::precondition_failed(condition)
        }
    })
}

/// What a write wants to replace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replaces {
    matches: Option<String>,
    nothing: bool,
}

enum Failed {
    /// It is not what the client believes.
    Changed(&'static str),
    /// It is what the client has.
    Unchanged(&'static str),
}

fn hold(
    headers: &HeaderMap,
    [matches, unmodified, none_match, modified]: [&str; 4],
    version: &Version,
    object: &Object,
) -> Result<(), Failed> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let moment = |name: &str| text(name).and_then(|text| httpdate::parse_http_date(text).ok());
    let changed_at = whole_seconds(version.modified_ms);
    match (text(matches), moment(unmodified)) {
        (Some(list), _) if !names(list, &object.etag) => return Err(Failed::Changed("If-Match")),
        // A tag that matches says more than a date.
        (None, Some(moment)) if changed_at > moment => {
            return Err(Failed::Changed("If-Unmodified-Since"));
        }
        _ => {}
    }
    match (text(none_match), moment(modified)) {
        (Some(list), _) if names(list, &object.etag) => Err(Failed::Unchanged("If-None-Match")),
        (None, Some(moment)) if changed_at <= moment => Err(Failed::Unchanged("If-Modified-Since")),
        _ => Ok(()),
    }
}

/// Tells whether a list of tags has this one.
fn names(list: &str, etag: &str) -> bool {
    list.split(',').map(|one| one.trim().trim_matches('"')).any(|one| one == "*" || one == etag)
}

/// HTTP dates have no fractions.
fn whole_seconds(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(ms / 1000).unwrap_or_default())
}

// === impl Replaces ===

impl Replaces {
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let nothing = match text(header::IF_NONE_MATCH) {
            None => false,
            Some("*") => true,
            Some(_) => return Err(error::not_implemented()),
        };
        Ok(Self { matches: text(header::IF_MATCH).map(str::to_owned), nothing })
    }

    pub(crate) fn check(&self, key: &str, newest: Option<&Version>) -> Result<(), ApiError> {
        let object = newest.and_then(|version| version.content.as_ref());
        if self.nothing && object.is_some() {
            return Err(error::precondition_failed("If-None-Match"));
        }
        match (&self.matches, object) {
            (Some(_), None) => Err(error::no_such_key(key)),
            (Some(list), Some(object)) if !names(list, &object.etag) => {
                Err(error::precondition_failed("If-Match"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::{Algorithm, Checksum, Kind};
    use crate::object::About;

    const CHANGED: &str = "Thu, 01 Jan 1970 00:16:40 GMT";
    const BEFORE: &str = "Thu, 01 Jan 1970 00:16:39 GMT";

    fn version() -> Version {
        let checksum =
            Checksum { algorithm: Algorithm::Crc32, kind: Kind::Full, value: String::new() };
        let object = Object {
            pieces: Vec::new(),
            size_bytes: 0,
            etag: "e".into(),
            checksum,
            about: About::default(),
            tags: Vec::new(),
            upload_id: None,
        };
        Version {
            bucket: "b".into(),
            key: "k".into(),
            id: None,
            order: 1,
            modified_ms: 1_000_999,
            content: Some(object),
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn reads_are_conditional_as_http_says() {
        let version = version();
        let object = version.content.as_ref().unwrap();
        for (pairs, status) in [
            (&[][..], 200),
            (&[("if-match", "\"e\"")], 200),
            (&[("if-match", "\"x\", \"e\"")], 200),
            (&[("if-match", "*")], 200),
            (&[("if-match", "\"x\"")], 412),
            (&[("if-match", "\"e\""), ("if-unmodified-since", BEFORE)], 200),
            (&[("if-unmodified-since", BEFORE)], 412),
            (&[("if-unmodified-since", CHANGED)], 200),
            (&[("if-none-match", "\"e\"")], 304),
            (&[("if-none-match", "\"x\"")], 200),
            (&[("if-none-match", "\"x\""), ("if-modified-since", CHANGED)], 200),
            (&[("if-modified-since", CHANGED)], 304),
            (&[("if-modified-since", BEFORE)], 200),
        ] {
            let found = check_read(&headers(pairs), &version, object);
            let found = found.map_or_else(|error| error.status().as_u16(), |()| 200);
            assert_eq!(found, status, "{pairs:?}");
        }
        let stale = headers(&[("x-amz-copy-source-if-none-match", "e")]);
        assert_eq!(check_source(&stale, &version, object).unwrap_err().status(), 412);
    }

    #[test]
    fn writes_may_ask_what_they_replace() {
        let version = version();
        for (pairs, newest, expected) in [
            (&[("if-none-match", "*")][..], None, Ok(())),
            (&[("if-none-match", "*")], Some(&version), Err("PreconditionFailed")),
            (&[("if-none-match", "x")], None, Err("NotImplemented")),
            (&[("if-match", "\"e\"")], Some(&version), Ok(())),
            (&[("if-match", "\"x\"")], Some(&version), Err("PreconditionFailed")),
            (&[("if-match", "\"e\"")], None, Err("NoSuchKey")),
        ] {
            let found = Replaces::read(&headers(pairs)).and_then(|one| one.check("k", newest));
            let found = found.map_err(|error| error.code().to_owned());
            assert_eq!(found, expected.map_err(str::to_owned), "{pairs:?}");
        }
    }
}
