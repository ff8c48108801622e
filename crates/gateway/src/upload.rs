//! Bodies that are handed on while they come.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body as _, Incoming};
use tokio::{sync::oneshot, time::timeout};
use wire::{
    ApiError, Upload,
    sigv4::{BodyClaim, BodyReader, BodyRefusal},
};

use crate::body::PAUSE_TIMEOUT;

/// A body on its way in.
struct Arrival {
    /// Nothing once it is given back.
    incoming: Option<Incoming>,
    /// Who gets what nobody wanted to read.
    rest: Option<oneshot::Sender<Incoming>>,
    /// Nothing once the body has ended, well or not.
    reader: Option<BodyReader>,
    ready: VecDeque<Frame<Bytes>>,
}

/// Makes a body that is checked against what the head of the request says of it. Gives what is left of
/// it as well, once it is dropped.
pub(crate) fn upload(
    incoming: Incoming,
    claim: BodyClaim,
) -> (Upload, oneshot::Receiver<Incoming>) {
    let reader = Some(claim.reader());
    let (rest, left) = oneshot::channel();
    let incoming = Some(incoming);
    let arrival = Arrival { incoming, rest: Some(rest), reader, ready: VecDeque::new() };
    let upload = Box::pin(StreamBody::new(stream::unfold(arrival, |mut arrival| async {
        let frame = arrival.next().await?;
        if frame.is_err() {
            arrival.reader = None;
        }
        Some((frame, arrival))
    })));
    (upload, left)
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let unread = self.incoming.take().filter(|incoming| !incoming.is_end_stream());
        if let (Some(incoming), Some(rest)) = (unread, self.rest.take()) {
            // Nobody waits for it if the client is gone.
            let _ = rest.send(incoming);
        }
    }
}

// === impl Arrival ===

impl Arrival {
    async fn next(&mut self) -> Option<Result<Frame<Bytes>, ApiError>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(Ok(frame));
            }
            let reader = self.reader.as_mut()?;
            let incoming = self.incoming.as_mut()?;
            let Ok(frame) = timeout(PAUSE_TIMEOUT, incoming.frame()).await else {
                return Some(Err(interrupted()));
            };
            let read = match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        let ready = &mut self.ready;
                        reader.read(data, &mut |content| ready.push_back(Frame::data(content)))
                    }
                    // Trailers of HTTP itself are of no use to anyone.
                    Err(_) => Ok(()),
                },
                Some(Err(error)) => {
                    tracing::debug!(%error, "a body ended early");
                    return Some(Err(interrupted()));
                }
                None => {
                    let reader = self.reader.take()?;
                    match reader.finish() {
                        Ok(trailers) => {
                            self.ready.push_back(Frame::trailers(trailers));
                            Ok(())
                        }
                        Err(refusal) => Err(refusal),
                    }
                }
            };
            if let Err(refusal) = read {
                return Some(Err(worded(refusal)));
            }
        }
    }
}

fn interrupted() -> ApiError {
    ApiError::new(
        "RequestTimeout",
        StatusCode::BAD_REQUEST,
        "Your socket connection to the server was not read from or written to within the timeout period. Idle connections \
         will be closed.",
    )
}

/// Words a refusal as S3 does.
fn worded(refusal: BodyRefusal) -> ApiError {
    match refusal {
        BodyRefusal::Hash => ApiError::new(
            "XAmzContentSHA256Mismatch",
            StatusCode::BAD_REQUEST,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        BodyRefusal::Signature => wire::sigv4::Refusal::Mismatch.to_s3_error(false),
        BodyRefusal::Malformed => {
            ApiError::new("InvalidRequest", StatusCode::BAD_REQUEST, refusal.to_string())
        }
        BodyRefusal::Incomplete => ApiError::new(
            "IncompleteBody",
            StatusCode::BAD_REQUEST,
            "The request body terminated unexpectedly",
        ),
    }
}
