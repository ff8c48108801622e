//! The caller's client context: base64 in a header, JSON for the function.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::IgnoredAny};

use crate::error::Refusal;

/// The longest header value (Lambda API Reference, `Invoke`, `ClientContext`).
const LIMIT_BYTES: usize = 3583;

/// Decodes and checks a client context.
pub(super) fn decoded(header: &str) -> Result<String, Refusal> {
    if header.len() > LIMIT_BYTES {
        return Err(Refusal::ClientContextTooLarge { limit_bytes: LIMIT_BYTES });
    }
    let bytes = STANDARD.decode(header).map_err(|_| Refusal::ClientContext)?;
    let json = String::from_utf8(bytes).map_err(|_| Refusal::ClientContext)?;
    let is_object = json.trim_start().starts_with('{') && is_json(&json);
    if is_object { Ok(json) } else { Err(Refusal::ClientContext) }
}

fn is_json(text: &str) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    IgnoredAny::deserialize(&mut reader).is_ok() && reader.end().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_a_json_object_in_base64() {
        let context = r#"{"custom":{"a":"b"}}"#;
        assert_eq!(decoded(&STANDARD.encode(context)).unwrap(), context);
        for bad in ["%", &STANDARD.encode("[1]"), &STANDARD.encode("{"), &STANDARD.encode([0xff])] {
            assert!(matches!(decoded(bad), Err(Refusal::ClientContext)), "{bad}");
        }
        let long = "a".repeat(LIMIT_BYTES + 1);
        assert!(matches!(decoded(&long), Err(Refusal::ClientContextTooLarge { .. })));
    }
}
