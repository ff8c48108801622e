//! Invocations whose answer is to be had while the function writes it.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::BoxFuture,
    stream::{self, BoxStream, StreamExt},
};
use sandbox::{Answer, Pending};

use crate::pool::Origin;

/// An invocation under way; its guest has the event.
pub struct Streaming {
    /// The version that runs: `$LATEST` or a number.
    pub executed_version: Arc<str>,
    /// Becomes the answer when it begins; `None` if the environment is ended without one.
    pub response: BoxFuture<'static, Option<Response>>,
}

/// How an answer comes.
#[derive(Debug)]
pub enum Response {
    /// In one piece: the function does not stream, or has failed before it wrote anything.
    Whole(Answer),
    /// As the function writes it.
    Stream(AnswerStream),
}

/// An answer that is being written.
pub struct AnswerStream {
    /// The content type that the function named.
    pub content_type: Option<String>,
    /// What is written, and at last [`Piece::End`] or [`Piece::Cut`].
    pub pieces: BoxStream<'static, Piece>,
}

/// What comes next of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes.
    Data(Bytes),
    /// The end: an empty result, or what went wrong midway.
    End(Answer),
    /// The environment was ended midway.
    Cut,
}

// === impl Streaming ===

impl Streaming {
    pub(crate) fn of(origin: Origin, executed_version: Arc<str>, pending: Pending) -> Self {
        let response = async move {
            Some(match pending.response().await? {
                sandbox::Response::Whole(answer) => {
                    origin.answered(answer.is_error);
                    Response::Whole(answer)
                }
                sandbox::Response::Stream(stream) => {
                    Response::Stream(AnswerStream::of(origin, stream))
                }
            })
        };
        Self { executed_version, response: response.boxed() }
    }
}

// === impl AnswerStream ===

impl AnswerStream {
    fn of(origin: Origin, stream: sandbox::AnswerStream) -> Self {
        let content_type = stream.content_type().map(str::to_owned);
        let pieces = stream::unfold(Some((origin, stream)), |state| async move {
            let (origin, mut stream) = state?;
            if let Some(bytes) = stream.next().await {
                return Some((Piece::Data(bytes), Some((origin, stream))));
            }
            let end = stream.end().await.map_or(Piece::Cut, Piece::End);
            origin.answered(!matches!(&end, Piece::End(answer) if !answer.is_error));
            Some((end, None))
        });
        Self { content_type, pieces: pieces.boxed() }
    }
}

impl fmt::Debug for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streaming")
            .field("executed_version", &self.executed_version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream")
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
