//! Is a payload JSON? One pass that builds nothing, and AWS's words for what is wrong.
//!
//! AWS reports what its JSON parser, Jackson, does. The place of an error is given as that parser
//! gives it for simple cases; no program should depend on it.

use bytes::Bytes;
use serde_json::error::Category;

use crate::error::Refusal;

/// What a function gets when the caller sends nothing.
const EMPTY: Bytes = Bytes::from_static(b"{}");

/// Checks a payload and gives the event.
pub(super) fn event(payload: Bytes, limit_bytes: u64) -> Result<Bytes, Refusal> {
    if payload.is_empty() {
        return Ok(EMPTY);
    }
    if payload.len() as u64 > limit_bytes {
        return Err(Refusal::PayloadTooLarge { limit_bytes });
    }
    match problem(&payload) {
        None => Ok(payload),
        Some(text) => Err(Refusal::Payload(text)),
    }
}

fn problem(payload: &[u8]) -> Option<String> {
    match std::str::from_utf8(payload) {
        Ok(text) => {
            let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
            Some(not_json(text, &error))
        }
        Err(error) => Some(not_utf8(payload, error)),
    }
}

fn not_utf8(payload: &[u8], error: std::str::Utf8Error) -> String {
    let start = error.valid_up_to();
    let byte = payload[start];
    let leads = (0xC2..=0xF4).contains(&byte);
    let (text, offset) = match error.error_len() {
        Some(length) if leads && start + length < payload.len() => {
            let middle = payload[start + length];
            (format!("Invalid UTF-8 middle byte 0x{middle:02x}"), start + length)
        }
        Some(_) => (format!("Invalid UTF-8 start byte 0x{byte:02x}"), start),
        None => ("Unexpected end-of-input".to_owned(), payload.len()),
    };
    located(&text, payload, offset)
}

fn not_json(text: &str, error: &serde_json::Error) -> String {
    let bytes = text.as_bytes();
    if error.classify() == Category::Eof {
        let text = if text.trim().is_empty() {
            "No content to map due to end-of-input"
        } else {
            "Unexpected end-of-input"
        };
        return located(text, bytes, bytes.len());
    }
    let offset = floor_boundary(text, offset(bytes, error));
    let (message, offset) = unexpected(text, offset);
    located(&message, bytes, offset)
}

/// Finds the byte that `serde_json` stopped at: lines and columns count from 1.
fn offset(bytes: &[u8], error: &serde_json::Error) -> usize {
    let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let line_start =
        error.line().checked_sub(2).and_then(|nth| breaks.map(|(at, _)| at + 1).nth(nth));
    let offset = line_start.unwrap_or(0) + error.column().saturating_sub(1);
    offset.min(bytes.len().saturating_sub(1))
}

fn floor_boundary(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Words what stands where no JSON can, and where the parser has got to by then.
fn unexpected(text: &str, offset: usize) -> (String, usize) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let Some(character) = text[offset..].chars().next() else {
        return ("Unexpected end-of-input".to_owned(), offset);
    };
    // serde_json stops inside a misspelt `true`; Jackson names the whole word.
    let start = text[..offset].rfind(|c| !is_word(c)).map_or(0, |before| before + 1);
    let word: String = text[start..].chars().take_while(|c| is_word(*c)).collect();
    let escaped = text[..start].ends_with('\\');
    if word.starts_with(|c: char| !c.is_ascii_digit()) && !escaped {
        let end = start + word.len();
        return (
            format!("Unrecognized token '{word}': was expecting ('true', 'false' or 'null')"),
            end,
        );
    }
    let code = u32::from(character);
    let shown = if character.is_control() {
        format!("(CTRL-CHAR, code {code})")
    } else {
        format!("'{character}' (code {code})")
    };
    let expected = "expected a valid value (JSON String, Number, Array, Object or token 'null', \
                    'true' or 'false')";
    (format!("Unexpected character ({shown}): {expected}"), offset)
}

fn located(message: &str, bytes: &[u8], offset: usize) -> String {
    let before = &bytes[..offset.min(bytes.len())];
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().len() + 1;
    format!(
        "{message}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` \
         disabled); line: {line}, column: {column}]"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(payload: &'static [u8]) -> String {
        let text = event(Bytes::from_static(payload), 1024).unwrap_err().to_string();
        let cause = "Could not parse request body into json: Could not parse payload into json: ";
        let text = text.strip_prefix(cause).unwrap();
        let place = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` \
                     disabled); ";
        text.replace(place, " @ ")
    }

    #[test]
    fn any_json_value_is_an_event_and_nothing_is_an_empty_object() {
        for good in ["{}", "[1,2]", "\"text\"", "null", " 1.5e300 ", "true"] {
            let payload = Bytes::from(good);
            assert_eq!(event(payload.clone(), 1024).unwrap(), payload);
        }
        assert_eq!(event(Bytes::new(), 1024).unwrap(), "{}");
    }

    #[test]
    fn what_is_no_json_is_described_as_aws_does() {
        let value = "expected a valid value (JSON String, Number, Array, Object or token 'null', \
                     'true' or 'false')";
        let cases: [(&'static [u8], String); 7] = [
            (b"\x87\x00", "Invalid UTF-8 start byte 0x87 @ line: 1, column: 1]".into()),
            (
                b"value",
                "Unrecognized token 'value': was expecting ('true', 'false' or 'null') @ line: 1, column: 6]".into(),
            ),
            (
                b"{\"a\":\n tru3}",
                "Unrecognized token 'tru3': was expecting ('true', 'false' or 'null') @ line: 2, column: 6]".into(),
            ),
            (b"[1,]", format!("Unexpected character (']' (code 93)): {value} @ line: 1, column: 4]")),
            (b"\x01", format!("Unexpected character ((CTRL-CHAR, code 1)): {value} @ line: 1, column: 1]")),
            (b"{\"a\"", "Unexpected end-of-input @ line: 1, column: 5]".into()),
            (b"  ", "No content to map due to end-of-input @ line: 1, column: 3]".into()),
        ];
        for (payload, expected) in cases {
            assert_eq!(refused(payload), expected);
        }
    }

    #[test]
    fn a_payload_has_a_limit() {
        let refused = event(Bytes::from_static(b"[1,2]"), 4).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Request must be smaller than 4 bytes for the InvokeFunction operation"
        );
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        let deep = Bytes::from("[".repeat(1_000_000));
        assert!(event(deep, u64::MAX).is_err());
        let closed = Bytes::from("[".repeat(500_000) + &"]".repeat(500_000));
        assert!(event(closed, u64::MAX).is_ok());
    }

    #[test]
    fn every_damage_to_a_payload_is_survived() {
        let good = "{\"ä\": [true, null, \"\\u00e4\\q\", -1.5e3]}\n".as_bytes();
        for at in 0..good.len() {
            for byte in [0x00, b'x', b'"', 0x80, 0xC3, 0xFF] {
                let mut bad = good.to_vec();
                bad[at] = byte;
                let _ = event(Bytes::from(bad), 1024);
            }
            let _ = event(Bytes::copy_from_slice(&good[..at]), 1024);
        }
    }
}
