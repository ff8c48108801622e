//! What the headers of a request say of its content.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use wire::ApiError;

use crate::checksum::Algorithm;
use crate::error;

/// What content has to be.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(super) length: u64,
    pub(super) md5: Option<[u8; 16]>,
    pub(super) algorithm: Algorithm,
    pub(super) source: Source,
}

/// Where the expected checksum is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Nowhere: one is computed all the same.
    None,
    /// It has come.
    Header(String),
    /// It comes after the content.
    Trailer,
}

// === impl Expected ===

impl Expected {
    /// Reads the headers; `usual` is the checksum that is computed if they name none.
    pub(crate) fn read(
        headers: &HeaderMap,
        usual: Algorithm,
        limit_bytes: u64,
    ) -> Result<Self, ApiError> {
        let length = length(headers)?;
        if length > limit_bytes {
            return Err(error::too_large(length, limit_bytes));
        }
        let (algorithm, source) = checksum(headers, usual)?;
        Ok(Self { length, md5: md5(headers)?, algorithm, source })
    }

    /// Expects content of our own, of a known length.
    pub(crate) fn of_length(length: u64, algorithm: Algorithm) -> Self {
        Self { length, md5: None, algorithm, source: Source::None }
    }

    /// Tells whether the client names a checksum of its own choice.
    pub(crate) fn chosen(&self) -> Option<Algorithm> {
        (self.source != Source::None).then_some(self.algorithm)
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

fn length(headers: &HeaderMap) -> Result<u64, ApiError> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    if let Some(decoded) = number("x-amz-decoded-content-length") {
        return Ok(decoded);
    }
    let chunked = text(headers, "x-amz-content-sha256")
        .is_some_and(|declared| declared.starts_with("STREAMING-"));
    let plain = number(header::CONTENT_LENGTH.as_str()).filter(|_| !chunked);
    // Without any length, and not chunked by HTTP, there is no body.
    let none = !chunked && !headers.contains_key(header::TRANSFER_ENCODING);
    plain.or_else(|| none.then_some(0)).ok_or_else(error::missing_length)
}

fn md5(headers: &HeaderMap) -> Result<Option<[u8; 16]>, ApiError> {
    let Some(value) = headers.get("content-md5") else { return Ok(None) };
    let bytes = STANDARD.decode(value.as_bytes()).map_err(|_| error::invalid_digest())?;
    Ok(Some(bytes.try_into().map_err(|_| error::invalid_digest())?))
}

fn checksum(headers: &HeaderMap, usual: Algorithm) -> Result<(Algorithm, Source), ApiError> {
    let sent: Vec<_> = headers
        .iter()
        .filter_map(|(name, value)| Some((Algorithm::of_header(name.as_str())?, value)))
        .collect();
    let trailer = text(headers, "x-amz-trailer").map(|names| {
        names.split(',').find_map(|name| Algorithm::of_header(&name.trim().to_ascii_lowercase()))
    });
    let named = match text(headers, "x-amz-sdk-checksum-algorithm") {
        Some(name) => Some(Algorithm::named(name).ok_or_else(|| {
            error::invalid_request(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, \
                 CRC64NVME, SHA1, SHA256]",
            )
        })?),
        None => None,
    };
    match (sent.as_slice(), trailer.flatten()) {
        ([], Some(algorithm)) => Ok((algorithm, Source::Trailer)),
        ([], None) => Ok((named.unwrap_or(usual), Source::None)),
        ([(algorithm, value)], None) => match value.to_str() {
            Ok(value) if algorithm.fits(value) => {
                Ok((*algorithm, Source::Header(value.to_owned())))
            }
            _ => Err(error::invalid_request("Value for checksum header is invalid.")),
        },
        _ => Err(error::invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
