//! What a guest posts: results and errors, with the checks that the protocol asks for.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use model::invocation::{Failure, RequestId, normalise_error_type};

use super::{Reply, respond};
use crate::environment::Answer;

const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";
const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";
const CAUSE: &str = "application/vnd.aws.lambda.error.cause+json";

/// A posted body, judged.
pub(super) enum Posted {
    /// A result for the caller.
    Result(Bytes),
    /// An error for the caller.
    Error(Bytes),
    /// Nothing that the caller can be given: it gets the platform's error.
    Bad(Failure, Box<Reply>),
}

/// Says why a body could not be read.
pub(super) enum Unreadable {
    TooLarge,
    Truncated,
}

// === impl Posted ===

impl Posted {
    /// Gives what the caller gets and what the guest gets.
    pub(super) fn into_answer(self, request_id: RequestId) -> (Answer, Reply) {
        match self {
            Self::Result(payload) => (Answer::result(payload), respond::accepted()),
            Self::Error(payload) => (Answer::error(payload), respond::accepted()),
            Self::Bad(failure, reply) => {
                (Answer::error(Bytes::from(failure.payload(request_id))), *reply)
            }
        }
    }
}

/// Reads a posted response. A streamed one is collected: the caller asked for it in one piece.
pub(super) async fn response(headers: &HeaderMap, body: Incoming, limit_bytes: u64) -> Posted {
    if headers.get(RESPONSE_MODE).is_some_and(|mode| mode != "streaming") {
        let failure = Failure::Protocol {
            error_type: "Runtime.InvalidResponseModeHeader",
            message: "Invalid function response mode".to_owned(),
        };
        return Posted::Bad(failure, Box::new(respond::invalid_response_mode()));
    }
    let collected =
        Limited::new(body, usize::try_from(limit_bytes).unwrap_or(usize::MAX)).collect();
    match collected.await {
        // A stream that failed midway says so at its end.
        Ok(collected) => match collected.trailers().and_then(trailing_error) {
            Some(error) => Posted::Error(error),
            None => Posted::Result(collected.to_bytes()),
        },
        Err(error) => bad(&unreadable(error.as_ref()), limit_bytes),
    }
}

/// Reads a posted error.
pub(super) async fn error(headers: &HeaderMap, body: Incoming, limit_bytes: u64) -> Posted {
    let payload = match whole(body, limit_bytes).await {
        Ok(payload) => payload,
        Err(unreadable) => return bad(&unreadable, limit_bytes),
    };
    if headers.get(http::header::CONTENT_TYPE).is_some_and(|kind| kind == CAUSE) {
        return Posted::Error(without_cause(&payload));
    }
    Posted::Error(or_unknown(payload, &error_type(headers)))
}

/// Reads a whole body of at most `limit_bytes`.
pub(super) async fn whole(body: Incoming, limit_bytes: u64) -> Result<Bytes, Unreadable> {
    let limited = Limited::new(body, usize::try_from(limit_bytes).unwrap_or(usize::MAX));
    match limited.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(unreadable(error.as_ref())),
    }
}

/// Gives the normalised error type that the guest named.
pub(super) fn error_type(headers: &HeaderMap) -> String {
    let given = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok());
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

fn trailing_error(trailers: &HeaderMap) -> Option<Bytes> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    trailers.get(ERROR_TYPE)?;
    let body = trailers.get(ERROR_BODY).and_then(|body| STANDARD.decode(body).ok());
    Some(or_unknown(Bytes::from(body.unwrap_or_default()), &error_type(trailers)))
}

fn unreadable(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Unreadable {
    if error.is::<LengthLimitError>() { Unreadable::TooLarge } else { Unreadable::Truncated }
}

fn bad(unreadable: &Unreadable, limit_bytes: u64) -> Posted {
    match unreadable {
        Unreadable::TooLarge => {
            let failure = Failure::ResponseTooLarge { limit_bytes };
            Posted::Bad(failure, Box::new(respond::too_large(limit_bytes)))
        }
        Unreadable::Truncated => {
            let failure = Failure::Protocol {
                error_type: "Runtime.TruncatedResponse",
                message: "HTTP request detected as truncated".to_owned(),
            };
            Posted::Bad(failure, Box::new(respond::truncated()))
        }
    }
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
        let mut trailers = HeaderMap::new();
        assert_eq!(trailing_error(&trailers), None);
        trailers.insert(ERROR_TYPE, "Runtime.Unknown".parse().unwrap());
        trailers.insert(ERROR_BODY, "eyJhIjoxfQ==".parse().unwrap());
        assert_eq!(trailing_error(&trailers).unwrap(), r#"{"a":1}"#);
    }
}
