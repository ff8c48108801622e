//! The identifier that AWS puts on every answer.

use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use uuid::{Builder, Uuid};

/// A request id: a UUID in lower case, sent as `x-amzn-RequestId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(Uuid);

impl RequestId {
    /// Makes a version 4 id from random bits, which the caller draws from its own source.
    pub fn from_random(bits: [u8; 16]) -> Self {
        Self(Builder::from_random_bytes(bits).into_uuid())
    }

    /// Returns the id as a header value.
    pub fn header_value(&self) -> HeaderValue {
        let mut buffer = Uuid::encode_buffer();
        let text = self.0.hyphenated().encode_lower(&mut buffer);
        // A UUID is made of header characters only.
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl From<Uuid> for RequestId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<RequestId> for Uuid {
    fn from(id: RequestId) -> Self {
        id.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for RequestId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_lower_case_and_reads_back() {
        let id = RequestId::from_random([0xAB; 16]);
        assert_eq!(id.to_string(), "abababab-abab-4bab-abab-abababababab");
        assert_eq!(id.header_value(), id.to_string().as_str());
        assert_eq!(id.to_string().to_uppercase().parse::<RequestId>().unwrap(), id);
    }
}
