//! Reading a request's body, and stopping where it is too long.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;
use wire::ApiError;

use crate::service::BodyLimit;

/// How long a client may pause within a body.
pub(crate) const PAUSE_TIMEOUT: Duration = Duration::from_secs(30);

/// Says why there is no body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It is longer than its operation permits.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The client went away.
    #[error("the client did not send the whole body")]
    Incomplete(#[source] hyper::Error),
    /// The client is there but sends nothing.
    #[error("the client takes too long to send the body")]
    Slow,
}

/// Tells how many bytes of memory a body may come to take; one that announces too great a length is
/// refused without being read.
pub(crate) fn expected(
    headers: &HeaderMap,
    body: &Incoming,
    limit: BodyLimit,
) -> Result<usize, ReadError> {
    if body.is_end_stream() {
        return Ok(0);
    }
    match announced(headers) {
        Some(length) => match usize::try_from(length) {
            Ok(length) if length <= limit.bytes => Ok(length),
            _ => Err(ReadError::TooLarge(limit.bytes)),
        },
        None => Ok(limit.bytes),
    }
}

/// Reads a whole body. One that arrived in one piece, as small ones do, is not copied.
pub(crate) async fn read(mut body: Incoming, limit: BodyLimit) -> Result<Bytes, ReadError> {
    let (mut whole, mut rest) = (Bytes::new(), BytesMut::new());
    while !body.is_end_stream() {
        let frame = timeout(PAUSE_TIMEOUT, body.frame()).await.map_err(|_| ReadError::Slow)?;
        let Some(frame) = frame else { break };
        // Trailers are of no use to anyone.
        let Ok(data) = frame.map_err(ReadError::Incomplete)?.into_data() else { continue };
        if data.len() > limit.bytes - whole.len() - rest.len() {
            return Err(ReadError::TooLarge(limit.bytes));
        }
        if rest.is_empty() && whole.is_empty() {
            whole = data;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut whole));
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { whole } else { rest.freeze() })
}

/// Words the refusal as AWS does.
pub(crate) fn refusal(error: &ReadError, operation: &str) -> ApiError {
    match error {
        ReadError::TooLarge(limit) => ApiError::new(
            "RequestEntityTooLargeException",
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("Request must be smaller than {limit} bytes for the {operation} operation"),
        ),
        ReadError::Incomplete(_) | ReadError::Slow => ApiError::new(
            "RequestTimeoutException",
            StatusCode::REQUEST_TIMEOUT,
            "The request body was not received completely.",
        ),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
