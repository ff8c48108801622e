//! Reading a request's body, and stopping where it is too long.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use wire::ApiError;

use crate::service::BodyLimit;

/// Says why there is no body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It is longer than its operation permits.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The client went away.
    #[error("the client did not send the whole body")]
    Incomplete(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads a whole body. One that announces too great a length is refused without being read.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Incoming,
    limit: BodyLimit,
) -> Result<Bytes, ReadError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if announced(headers).is_some_and(|length| length > limit.bytes as u64) {
        return Err(ReadError::TooLarge(limit.bytes));
    }
    match Limited::new(body, limit.bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge(limit.bytes)),
        Err(error) => Err(ReadError::Incomplete(error)),
    }
}

/// Words the refusal as AWS does.
pub(crate) fn refusal(error: &ReadError, operation: &str) -> ApiError {
    match error {
        ReadError::TooLarge(limit) => ApiError::new(
            "RequestEntityTooLargeException",
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("Request must be smaller than {limit} bytes for the {operation} operation"),
        ),
        ReadError::Incomplete(_) => ApiError::new(
            "RequestTimeoutException",
            StatusCode::REQUEST_TIMEOUT,
            "The request body was not received completely.",
        ),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
