//! What a function's result is as an answer of HTTP.
//!
//! Source: Developer Guide, "Invoking Lambda function URLs", "Response payload format", and recorded
//! answers: a result that is a text is sent without its quotes.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, SET_COOKIE},
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Headers that are between two machines, or that the server writes itself.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The head of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AnswerHead {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

/// The function answered what is no answer of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function's response is malformed")]
pub(super) struct Malformed;

/// Makes an answer of a result.
pub(super) fn answer(payload: &[u8]) -> Result<(AnswerHead, Bytes), Malformed> {
    let text = std::str::from_utf8(payload).map_err(|_| Malformed)?;
    let start = text.trim_start();
    if start.starts_with('{')
        && let Ok(object) = serde_json::from_str::<Map<String, Value>>(text)
        && object.get("statusCode").is_some_and(|status| !status.is_null())
    {
        return whole(&object);
    }
    let head = AnswerHead {
        status: StatusCode::OK,
        headers: HeaderMap::from_iter([(CONTENT_TYPE, JSON)]),
    };
    if start.starts_with('"') {
        let text: String = serde_json::from_str(text).map_err(|_| Malformed)?;
        return Ok((head, text.into()));
    }
    check_json(text)?;
    Ok((head, compact(text)))
}

fn whole(object: &Map<String, Value>) -> Result<(AnswerHead, Bytes), Malformed> {
    let mut head = head(object)?;
    head.headers.entry(CONTENT_TYPE).or_insert(JSON);
    let body = match object.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if object.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
            STANDARD.decode(text).map_err(|_| Malformed)?.into()
        }
        Some(Value::String(text)) => Bytes::copy_from_slice(text.as_bytes()),
        // Unverified: the documentation asks for a text.
        Some(other) => other.to_string().into(),
    };
    Ok((head, body))
}

/// Reads status, headers and cookies of a result, or of what a function streams before the body.
pub(super) fn head(object: &Map<String, Value>) -> Result<AnswerHead, Malformed> {
    let mut headers = HeaderMap::new();
    for name in ["headers", "multiValueHeaders"] {
        match object.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Object(given)) => {
                given.iter().try_for_each(|(name, value)| add(&mut headers, name, value))?;
            }
            Some(_) => return Err(Malformed),
        }
    }
    match object.get("cookies") {
        None | Some(Value::Null) => {}
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                let cookie = cookie.as_str().ok_or(Malformed)?;
                headers.append(SET_COOKIE, cookie.parse().map_err(|_| Malformed)?);
            }
        }
        Some(_) => return Err(Malformed),
    }
    Ok(AnswerHead { status: status(object.get("statusCode"))?, headers })
}

/// Reads a status; one below 200 is not the last word of an answer, and so none here.
fn status(given: Option<&Value>) -> Result<StatusCode, Malformed> {
    let Some(given) = given else { return Ok(StatusCode::OK) };
    let number = given.as_u64().and_then(|number| u16::try_from(number).ok()).ok_or(Malformed)?;
    match number {
        200..=599 => StatusCode::from_u16(number).map_err(|_| Malformed),
        _ => Err(Malformed),
    }
}

fn add(headers: &mut HeaderMap, name: &str, value: &Value) -> Result<(), Malformed> {
    if OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return Ok(());
    }
    let text = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(values) => {
            return values.iter().try_for_each(|value| add(headers, name, value));
        }
        Value::Object(_) => return Err(Malformed),
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed)?;
    headers.append(name, HeaderValue::from_str(&text).map_err(|_| Malformed)?);
    Ok(())
}

fn check_json(text: &str) -> Result<(), Malformed> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = IgnoredAny::deserialize(&mut reader).and_then(|_| reader.end());
    read.map_err(|_| Malformed)
}

/// Takes the space out of valid JSON; everything else stays as the function wrote it.
fn compact(json: &str) -> Bytes {
    let (mut in_text, mut escaped) = (false, false);
    let kept = json.bytes().filter(|byte| {
        let is_space = !in_text && byte.is_ascii_whitespace();
        if in_text && !escaped && *byte == b'\\' {
            escaped = true;
        } else {
            in_text ^= *byte == b'"' && !escaped;
            escaped = false;
        }
        !is_space
    });
    kept.collect::<Vec<u8>>().into()
}

#[cfg(test)]
mod tests;
