//! `GetObject`, `HeadObject`.

use std::ops::Range;

use http::{HeaderMap, StatusCode};
use wire::{ApiError, Body, Response};

use super::render;
use crate::ask::Ask;
use crate::object::{Object, Version};
use crate::reading::{self, content};
use crate::{S3, conditions, dates, error, range, xml};

/// Query keys that replace headers of the answer.
const OVERRIDES: &[(&str, &str)] = &[
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// What of an object is asked for.
enum Asked {
    Whole,
    Range(Range<u64>),
    /// A part of the upload that made it, of so many.
    Part(Range<u64>, usize),
}

impl S3 {
    pub(crate) fn get_object(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let version = self.find_content(ask)?;
        let object = content(&version)?;
        let (mut response, range) = self.head(ask, &version, object)?;
        let chunks = reading::chunks(&self.blobs, &object.pieces, range);
        *response.body_mut() = reading::body(chunks);
        Ok(response)
    }

    pub(crate) fn head_object(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let version = self.find_content(ask)?;
        let (mut response, _) = self.head(ask, &version, content(&version)?)?;
        *response.body_mut() = Body::Empty;
        Ok(response)
    }

    /// Makes the head of the answer, and tells which bytes belong to it.
    fn head(
        &self,
        ask: &Ask<'_>,
        version: &Version,
        object: &Object,
    ) -> Result<(Response, Range<u64>), ApiError> {
        conditions::check_read(ask.headers, version, object)
            .map_err(|refusal| with_etag(refusal, object))?;
        let asked = asked(ask, object)?;
        let (range, status) = match &asked {
            Asked::Whole => (0..object.size_bytes, StatusCode::OK),
            Asked::Range(range) | Asked::Part(range, _) => {
                (range.clone(), StatusCode::PARTIAL_CONTENT)
            }
        };
        let mut response = xml::empty(status);
        let headers = response.headers_mut();
        object.about.show(headers);
        render::set(headers, "accept-ranges", "bytes");
        render::set(headers, "last-modified", &dates::http(version.modified_ms));
        render::set_etag(headers, &object.etag);
        render::set(headers, "content-length", &(range.end - range.start).to_string());
        if status == StatusCode::PARTIAL_CONTENT {
            let (first, last, size) = (range.start, range.end.saturating_sub(1), object.size_bytes);
            render::set(headers, "content-range", &format!("bytes {first}-{last}/{size}"));
        }
        if let Asked::Part(_, of) = asked {
            render::set(headers, "x-amz-mp-parts-count", &of.to_string());
        }
        if !object.tags.is_empty() {
            render::set(headers, "x-amz-tagging-count", &object.tags.len().to_string());
        }
        let sums =
            ask.header("x-amz-checksum-mode").is_some_and(|it| it.eq_ignore_ascii_case("enabled"));
        if sums && status == StatusCode::OK {
            render::set_checksum(headers, &object.checksum);
        }
        render::set_version(headers, version, self.is_versioned(ask.bucket()));
        replace(ask, headers);
        Ok((response, range))
    }
}

fn asked(ask: &Ask<'_>, object: &Object) -> Result<Asked, ApiError> {
    if let Some(text) = ask.given("partNumber") {
        let number: usize = text.parse().map_err(|_| error::invalid_part_number())?;
        let at = number.checked_sub(1).ok_or_else(error::invalid_part_number)?;
        let piece = object.pieces.get(at).ok_or_else(error::invalid_part_number)?;
        let start: u64 = object.pieces[..at].iter().map(|piece| piece.1).sum();
        return Ok(Asked::Part(start..start + piece.1, object.pieces.len()));
    }
    // A range that is to be of one version only is of the whole if it is another one.
    let other = ask.header("if-range").is_some_and(|tag| tag.trim_matches('"') != object.etag);
    let header = ask.header("range").filter(|_| !other);
    Ok(range::read(header, object.size_bytes)?.map_or(Asked::Whole, Asked::Range))
}

fn replace(ask: &Ask<'_>, headers: &mut HeaderMap) {
    for (key, header) in OVERRIDES {
        if let Some(value) = ask.given(key) {
            render::set(headers, header, value);
        }
    }
}

fn with_etag(refusal: ApiError, object: &Object) -> ApiError {
    if refusal.status() != StatusCode::NOT_MODIFIED {
        return refusal;
    }
    match http::HeaderValue::try_from(render::quoted(&object.etag)) {
        Ok(etag) => refusal.with_header(http::header::ETAG, etag),
        Err(_) => refusal,
    }
}
