//! Answers that flow: from the guest's connection to the caller, piece by piece.
//!
//! The way has room for a few pieces only. A caller who reads slowly makes the guest write slowly, and the function's
//! timeout goes on meanwhile. Whoever has nobody to write for, because the caller went away or the
//! invocation is over, writes into the void.

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::invocation::Answer;

/// How many pieces there may be between the guest's connection and the caller.
const PIECES: usize = 4;

/// An invocation whose answer can be taken as it comes.
#[derive(Debug)]
pub struct Pending {
    pub(super) begun: oneshot::Receiver<Begun>,
    pub(super) end: oneshot::Receiver<Answer>,
}

/// How an answer comes.
#[derive(Debug)]
pub enum Response {
    /// In one piece: the guest does not stream, or nothing was streamed before the end.
    Whole(Answer),
    /// As the guest writes it.
    Stream(AnswerStream),
}

/// An answer that the guest is writing.
#[derive(Debug)]
pub struct AnswerStream {
    content_type: Option<String>,
    pieces: mpsc::Receiver<Bytes>,
    end: End,
}

/// The end of an answer that flows.
#[derive(Debug)]
enum End {
    Awaited(oneshot::Receiver<Answer>),
    /// What came, or that nothing will.
    Known(Option<Answer>),
}

/// The news that a guest has begun to stream.
#[derive(Debug)]
pub(super) struct Begun {
    content_type: Option<String>,
    pieces: mpsc::Receiver<Bytes>,
}

/// How far an answer has come whose caller takes it as it comes.
#[derive(Debug)]
pub(super) enum Flow {
    /// The caller waits for the guest to begin.
    Awaited(oneshot::Sender<Begun>),
    /// The guest writes; it hears that the invocation is over when this is dropped.
    Flowing { _over: oneshot::Sender<()> },
}

/// Where a guest's connection puts what it reads.
#[derive(Debug)]
pub(crate) struct Outlet {
    pieces: Option<mpsc::Sender<Bytes>>,
    over: oneshot::Receiver<()>,
}

// === impl Pending ===

impl Pending {
    /// Waits until the answer begins; `None` if the environment was ended without one.
    pub async fn response(mut self) -> Option<Response> {
        let begun = tokio::select! {
            biased;
            Ok(begun) = &mut self.begun => begun,
            end = &mut self.end => match self.begun.try_recv() {
                // Begun and ended between two looks.
                Ok(begun) => {
                    return Some(Response::Stream(begun.into_stream(End::Known(end.ok()))));
                }
                Err(_) => return end.ok().map(Response::Whole),
            },
        };
        Some(Response::Stream(begun.into_stream(End::Awaited(self.end))))
    }
}

// === impl AnswerStream ===

impl AnswerStream {
    /// Gives the content type that the guest named.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Waits for more of the answer; `None` is its end. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Bytes> {
        if let End::Awaited(end) = &mut self.end {
            tokio::select! {
                biased;
                piece = self.pieces.recv() => return piece,
                // The guest did not come to the end of what it wrote.
                end = end => self.end = End::Known(end.ok()),
            }
            self.pieces.close();
        }
        self.pieces.recv().await
    }

    /// Waits for the end of the invocation: an empty result, or what went wrong midway. `None` if the
    /// environment was ended first.
    pub async fn end(self) -> Option<Answer> {
        match self.end {
            End::Known(end) => end,
            End::Awaited(end) => end.await.ok(),
        }
    }
}

// === impl Begun ===

impl Begun {
    fn into_stream(self, end: End) -> AnswerStream {
        AnswerStream { content_type: self.content_type, pieces: self.pieces, end }
    }
}

// === impl Flow ===

impl Flow {
    /// Tells the caller that the guest begins, and makes the way on which its bytes go.
    pub(super) fn begin(&mut self, content_type: Option<String>) -> Option<Outlet> {
        let (over, hears_over) = oneshot::channel();
        match std::mem::replace(self, Self::Flowing { _over: over }) {
            Self::Awaited(caller) => {
                let (pieces, receiver) = mpsc::channel(PIECES);
                // A caller that hung up does not stop the function.
                let _ = caller.send(Begun { content_type, pieces: receiver });
                Some(Outlet { pieces: Some(pieces), over: hears_over })
            }
            // Only after a call that the state machine refuses.
            Self::Flowing { .. } => None,
        }
    }
}

// === impl Outlet ===

impl Outlet {
    /// Passes a piece on, and waits while there is no room for it.
    pub(crate) async fn give(&mut self, piece: Bytes) {
        let Some(pieces) = &self.pieces else { return };
        let taken = tokio::select! {
            taken = pieces.send(piece) => taken.is_ok(),
            _ = &mut self.over => false,
        };
        if !taken {
            self.pieces = None;
        }
    }
}

#[cfg(test)]
mod tests;
