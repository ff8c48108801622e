//! One request, as operations look at it.

use api::Call;
use api::s3::Target;
use http::HeaderMap;
use wire::{ApiError, Upload};

use crate::checksum::Algorithm;
use crate::content::{self, Expected};
use crate::error;

/// The longest key in bytes.
const KEY_BYTES: usize = 1024;

/// A request without its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) call: &'a Call,
    pub(crate) target: &'a Target,
    pub(crate) headers: &'a HeaderMap,
}

// === impl Ask ===

impl<'a> Ask<'a> {
    pub(crate) fn bucket(&self) -> &'a str {
        &self.target.bucket
    }

    pub(crate) fn key(&self) -> &'a str {
        &self.target.key
    }

    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&'a str> {
        self.target.query.get(name)
    }

    /// Gives a value of the query, unless it is empty.
    pub(crate) fn given(&self, name: &str) -> Option<&'a str> {
        self.query(name).filter(|value| !value.is_empty())
    }

    /// Reads a number of the query.
    pub(crate) fn number(&self, name: &'static str, usual: usize) -> Result<usize, ApiError> {
        let Some(text) = self.given(name) else { return Ok(usual) };
        let wrong = || {
            let message = "Provided argument is not an integer or within integer range";
            error::invalid_argument(message, name, text)
        };
        Ok(text.parse::<u32>().map_err(|_| wrong())? as usize)
    }

    /// Refuses a key that is too long to be stored.
    pub(crate) fn check_key(&self) -> Result<(), ApiError> {
        let size = self.key().len();
        if size > KEY_BYTES { Err(error::key_too_long(size, KEY_BYTES)) } else { Ok(()) }
    }

    /// Reads a body that is a document.
    pub(crate) async fn document(
        &self,
        upload: Upload,
        limit_bytes: u64,
    ) -> Result<bytes::Bytes, ApiError> {
        let expected = Expected::read(self.headers, Algorithm::DEFAULT, limit_bytes)?;
        content::read(upload, expected).await
    }
}
