//! Content on its way in: stored while it comes, and checked by the time it has come.

mod expected;

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use http_body_util::BodyExt;
use md5::{Digest as _, Md5};
use parking_lot::Mutex;
use store::{Blobs, Content};
use wire::{ApiError, Upload};

use crate::checksum::{Algorithm, Checksum, Hasher, Kind};
use crate::error;
use crate::object::Piece;

pub(crate) use self::expected::Expected;
use self::expected::Source;

/// What was received and stored.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) piece: Piece,
    pub(crate) md5: [u8; 16],
    pub(crate) checksum: Checksum,
}

/// What is known of content that is being received.
struct Tally {
    expected: Expected,
    size: u64,
    md5: Md5,
    checksum: Option<Hasher>,
    trailers: HeaderMap,
    outcome: Option<([u8; 16], String)>,
}

/// Stores content; nothing is stored unless it is what it was said to be.
pub(crate) async fn receive(
    blobs: &dyn Blobs,
    upload: Upload,
    expected: Expected,
) -> Result<Received, ApiError> {
    let algorithm = expected.algorithm;
    let tally = Arc::new(Mutex::new(Tally::new(expected)));
    let digest = blobs.put(checked(upload, Arc::clone(&tally))).await.map_err(error::blobs)?;
    let mut tally = tally.lock();
    let (md5, value) = tally.outcome.take().ok_or_else(error::incomplete_body)?;
    let checksum = Checksum { algorithm, kind: Kind::Full, value };
    Ok(Received { piece: Piece(digest, tally.size), md5, checksum })
}

/// Reads a body that is small enough to be held.
pub(crate) async fn read(upload: Upload, expected: Expected) -> Result<Bytes, ApiError> {
    let tally = Arc::new(Mutex::new(Tally::new(expected)));
    let mut content = checked(upload, tally);
    let mut whole = BytesMut::new();
    while let Some(chunk) = content.next().await {
        whole.extend_from_slice(&chunk.map_err(|cause| error::blobs(cause_of(cause)))?);
    }
    Ok(whole.freeze())
}

fn cause_of(cause: io::Error) -> store::BlobsError {
    store::BlobsError::Content(cause)
}

/// Takes the content out of a body; it ends with an error if it is not what was expected.
fn checked(upload: Upload, tally: Arc<Mutex<Tally>>) -> Content {
    stream::unfold(Some((upload, tally)), |state| async {
        let (mut upload, tally) = state?;
        loop {
            let taken = match upload.frame().await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => tally.lock().take_in(&data).map(|()| Some(data)),
                    Err(frame) => {
                        if let Ok(trailers) = frame.into_trailers() {
                            tally.lock().trailers = trailers;
                        }
                        continue;
                    }
                },
                Some(Err(refusal)) => Err(refusal),
                None => tally.lock().finish().map(|()| None),
            };
            return match taken {
                Ok(Some(data)) => Some((Ok(data), Some((upload, tally)))),
                Ok(None) => None,
                Err(refusal) => Some((Err(io::Error::other(refusal)), None)),
            };
        }
    })
    .boxed()
}

// === impl Tally ===

impl Tally {
    fn new(expected: Expected) -> Self {
        let checksum = Some(expected.algorithm.hasher());
        let (md5, trailers) = (Md5::new(), HeaderMap::new());
        Self { expected, size: 0, md5, checksum, trailers, outcome: None }
    }

    fn take_in(&mut self, data: &[u8]) -> Result<(), ApiError> {
        self.size += data.len() as u64;
        if self.size > self.expected.length {
            return Err(error::incomplete_body());
        }
        self.md5.update(data);
        if let Some(checksum) = &mut self.checksum {
            checksum.update(data);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ApiError> {
        if self.size != self.expected.length {
            return Err(error::incomplete_body());
        }
        let md5: [u8; 16] = std::mem::take(&mut self.md5).finalize().into();
        if self.expected.md5.is_some_and(|expected| expected != md5) {
            return Err(error::bad_md5());
        }
        let algorithm = self.expected.algorithm;
        let found = self.checksum.take().map(Hasher::finish).unwrap_or_default();
        let wanted = match &self.expected.source {
            Source::None => None,
            Source::Header(value) => Some(value.clone()),
            Source::Trailer => Some(self.trailer(algorithm)?),
        };
        if wanted.is_some_and(|wanted| wanted != found) {
            return Err(error::bad_digest(algorithm.name()));
        }
        self.outcome = Some((md5, found));
        Ok(())
    }

    fn trailer(&self, algorithm: Algorithm) -> Result<String, ApiError> {
        let value = self.trailers.get(algorithm.header()).and_then(|value| value.to_str().ok());
        let missing = || error::invalid_request("The announced trailing checksum was not sent.");
        value.map(str::to_owned).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests;
