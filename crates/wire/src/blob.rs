//! Bytes inside JSON: base64 text. For `#[serde(with = "wire::blob")]`.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, PAD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// SDKs pad, hand-written clients often do not, and AWS takes both.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const STRICT: GeneralPurpose = GeneralPurpose::new(&STANDARD, PAD);

/// Writes bytes as base64 text.
pub fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STRICT.encode(bytes))
}

/// Reads base64 text.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    LENIENT.decode(text).map(Bytes::from).map_err(D::Error::custom)
}

/// The same for a member that may be absent.
pub mod option {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes bytes as base64 text, or null.
    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub fn serialize<S: Serializer>(
        bytes: &Option<Bytes>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::serialize(bytes, serializer),
            None => serializer.serialize_none(),
        }
    }

    #[derive(Deserialize)]
    struct Wrapped(#[serde(with = "super")] Bytes);

    /// Reads base64 text, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Bytes>, D::Error> {
        Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde::{Deserialize, Serialize};

    #[derive(Deserialize, Serialize)]
    struct Holder {
        #[serde(with = "super::option", default, skip_serializing_if = "Option::is_none")]
        blob: Option<Bytes>,
    }

    #[test]
    fn bytes_travel_as_base64_with_or_without_padding() {
        for text in [r#"{"blob":"aGk="}"#, r#"{"blob":"aGk"}"#] {
            let holder: Holder = serde_json::from_str(text).unwrap();
            assert_eq!(holder.blob.as_deref(), Some(&b"hi"[..]));
            assert_eq!(serde_json::to_string(&holder).unwrap(), r#"{"blob":"aGk="}"#);
        }
    }

    #[test]
    fn an_absent_blob_stays_absent_and_garbage_is_refused() {
        assert!(serde_json::from_str::<Holder>("{}").unwrap().blob.is_none());
        assert!(serde_json::from_str::<Holder>(r#"{"blob":"%%"}"#).is_err());
    }
}
