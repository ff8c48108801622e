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

/// How much of a body that is refused is taken in all the same; more than any operation permits.
const DISCARDED_BYTES: usize = 128 << 20;

/// How long a refused body may take to come in.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(30);

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
pub(crate) async fn read(body: &mut Incoming, limit: BodyLimit) -> Result<Bytes, ReadError> {
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

/// Lets the rest of a refused body come in, and keeps none of it.
///
/// Clients send all of a request before they look at the answer. To one that still sends, closing the connection is a
/// reset, which takes the answer from it; who waits to be asked for the body sends none.
pub(crate) async fn discard(headers: &HeaderMap, body: &mut Incoming) {
    if !headers.contains_key(http::header::EXPECT) {
        discard_rest(body).await;
    }
}

/// Does the same with a body that is on its way for certain.
pub(crate) async fn discard_rest(body: &mut Incoming) {
    let come_in = async {
        let mut size = 0;
        while size <= DISCARDED_BYTES
            && let Some(Ok(frame)) = body.frame().await
        {
            size += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // Whoever takes longer has to do without the answer.
    let _ = timeout(DISCARD_TIMEOUT, come_in).await;
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
