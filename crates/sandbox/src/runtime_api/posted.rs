//! What a guest posts: results and errors, with the checks that the protocol asks for.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use model::invocation::{Failure, RequestId, normalise_error_type};

use super::{
    framing::Trailers,
    head::Labels,
    respond::{self, Reply},
    wire::{self, Unreadable},
};
use crate::environment::Answer;

/// A posted body, judged.
pub(super) enum Posted {
    /// A result for the caller.
    Result(Bytes),
    /// An error for the caller.
    Error(Bytes),
    /// An error that came after a part of the result, with its type as the guest named it.
    Midway(Bytes, String),
    /// Nothing that the caller can be given: it gets the platform's error.
    Bad(Failure, Reply),
}

// === impl Posted ===

impl Posted {
    /// Gives what the caller gets and what the guest gets.
    pub(super) fn into_answer(self, request_id: RequestId) -> (Answer, Reply) {
        match self {
            Self::Result(payload) => (Answer::result(payload), respond::accepted()),
            Self::Error(payload) => (Answer::error(payload), respond::accepted()),
            Self::Midway(payload, error_type) => {
                let error_type = Some(error_type.into());
                (Answer { error_type, ..Answer::error(payload) }, respond::accepted())
            }
            Self::Bad(failure, reply) => (Answer::platform(&failure, request_id), reply),
        }
    }

    /// Judges a body of a mode that does not exist.
    pub(super) fn unknown_mode() -> Self {
        let failure = Failure::Protocol {
            error_type: "Runtime.InvalidResponseModeHeader",
            message: "Invalid function response mode".to_owned(),
        };
        Self::Bad(failure, respond::invalid_response_mode())
    }

    /// Judges what could not be read.
    pub(super) fn unreadable(unreadable: &Unreadable, limit_bytes: u64) -> Self {
        match unreadable {
            Unreadable::TooLarge { .. } => Self::too_large(limit_bytes),
            Unreadable::Truncated => Self::truncated(),
        }
    }

    /// Judges a body of more than `limit_bytes`.
    pub(super) fn too_large(limit_bytes: u64) -> Self {
        let failure = Failure::ResponseTooLarge { limit_bytes };
        Self::Bad(failure, respond::too_large(limit_bytes))
    }

    /// Judges a body that ended early or cannot be understood.
    pub(super) fn truncated() -> Self {
        let failure = Failure::Protocol {
            error_type: "Runtime.TruncatedResponse",
            message: "HTTP request detected as truncated".to_owned(),
        };
        Self::Bad(failure, respond::truncated())
    }
}

/// Judges a posted response. A streamed one is collected: the caller asked for it in one piece.
pub(super) fn response(posted: wire::Posted) -> Posted {
    // A stream that failed midway says so at its end.
    match trailing_error(&posted.trailers) {
        Some(error) => Posted::Error(error),
        None => Posted::Result(posted.bytes),
    }
}

/// Judges a stream by what followed it; the bytes themselves have gone ahead.
pub(super) fn stream_end(trailers: Trailers) -> Posted {
    match (trailing_error(&trailers), trailers.error_type) {
        (Some(error), Some(error_type)) => Posted::Midway(error, error_type),
        _ => Posted::Result(Bytes::new()),
    }
}

/// Judges a posted error.
pub(super) fn error(labels: &Labels, payload: Bytes) -> Posted {
    if labels.with_cause {
        return Posted::Error(without_cause(&payload));
    }
    Posted::Error(or_unknown(payload, &error_type(labels.error_type.as_deref())))
}

/// Gives the normalised error type that the guest named.
pub(super) fn error_type(given: Option<&str>) -> String {
    normalise_error_type(given.unwrap_or_default())
}

/// Fills in for a guest that posted an error without saying what it was.
pub(super) fn or_unknown(payload: Bytes, error_type: &str) -> Bytes {
    if !payload.is_empty() {
        return payload;
    }
    Bytes::from(format!(
        "{{\"errorMessage\":\"Unknown application error occurred\",\"errorType\":\"{error_type}\"}}"
    ))
}

/// Removes the part of an error that is meant for the trace alone.
fn without_cause(payload: &Bytes) -> Bytes {
    let parsed: Result<serde_json::Map<String, serde_json::Value>, _> =
        serde_json::from_slice(payload);
    match parsed {
        Ok(mut error) => {
            error.remove("errorCause");
            serde_json::to_vec(&error).map_or_else(|_| payload.clone(), Bytes::from)
        }
        Err(_) => Bytes::from_static(b"Invalid error body"),
    }
}

fn trailing_error(trailers: &Trailers) -> Option<Bytes> {
    let error_type = error_type(Some(trailers.error_type.as_deref()?));
    let body = trailers.error_body.as_deref().and_then(|body| STANDARD.decode(body).ok());
    Some(or_unknown(Bytes::from(body.unwrap_or_default()), &error_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_for_the_trace_alone() {
        let payload = Bytes::from_static(br#"{"errorMessage":"m","errorCause":{"a":1}}"#);
        assert_eq!(without_cause(&payload), r#"{"errorMessage":"m"}"#);
        assert_eq!(without_cause(&Bytes::from_static(b"no json")), "Invalid error body");
    }

    #[test]
    fn an_empty_error_is_filled_in() {
        assert_eq!(
            or_unknown(Bytes::new(), "Runtime.Unknown"),
            r#"{"errorMessage":"Unknown application error occurred","errorType":"Runtime.Unknown"}"#
        );
    }

    #[test]
    fn a_stream_that_failed_says_so_in_its_trailers() {
        assert_eq!(trailing_error(&Trailers::default()), None);
        let trailers = Trailers {
            error_type: Some("Runtime.Unknown".into()),
            error_body: Some(b"eyJhIjoxfQ==".to_vec()),
        };
        assert_eq!(trailing_error(&trailers).unwrap(), r#"{"a":1}"#);
    }
}
