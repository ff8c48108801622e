//! One connection of a guest: bytes in, bytes out.
//!
//! While a guest waits for its next event, which may be for days, nothing is kept for its
//! connection but the socket.

use std::{
    io::{self, IoSlice},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use tokio::{
    io::AsyncReadExt,
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::{
    framing::{Chunks, Framing, Step, Trailers},
    head::{self, Head, Parsed},
};

/// How much room there is for the first bytes of a request, which is often all of it.
const FIRST_READ_BYTES: usize = 2 * 1024;
/// How much room there is for more of a longer one, at most.
const READ_BYTES: usize = 64 * 1024;
/// How much may come in behind a `next` before its event does.
const MAX_AHEAD_BYTES: usize = 64 * 1024;
/// How much of a body that nobody wants is read, so that the guest comes to reading the refusal.
pub(super) const MAX_UNWANTED_BYTES: u64 = 64 * 1024 * 1024;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A connection.
#[derive(Debug)]
pub(super) struct Wire {
    from_guest: OwnedReadHalf,
    to_guest: Arc<OwnedWriteHalf>,
    received: BytesMut,
}

/// What came in place of a head.
#[derive(Debug)]
pub(super) enum NoHead {
    /// The guest has closed the connection.
    End,
    /// Bytes that are no head; they are to be refused with this status.
    Bad(StatusCode),
}

/// A body with what followed it.
#[derive(Debug, Default)]
pub(super) struct Posted {
    pub(super) bytes: Bytes,
    pub(super) trailers: Trailers,
}

/// A body that is read piece by piece, as far as it has come.
#[derive(Debug)]
pub(super) struct Course {
    left: Left,
    /// How much room there is for the next piece: more for a guest that filled it the last time.
    room: usize,
}

#[derive(Debug)]
enum Left {
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunks(Chunks),
}

/// What comes next of such a body.
#[derive(Debug)]
pub(super) enum Piece {
    Data(BytesMut),
    End(Trailers),
    /// It ended early or cannot be understood; the connection is of no use any more.
    Truncated,
}

/// Why a body is not there.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is longer than permitted; whether the connection is of use depends on how long.
    TooLarge { at_its_end: bool },
    /// It ended early or cannot be understood; the connection is of no use any more.
    Truncated,
}

// === impl Wire ===

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        let (from_guest, to_guest) = stream.into_split();
        Self { from_guest, to_guest: Arc::new(to_guest), received: BytesMut::new() }
    }

    /// Shares the socket with whoever may write to it while this side waits.
    pub(super) fn to_guest(&self) -> &Arc<OwnedWriteHalf> {
        &self.to_guest
    }

    /// Waits for the next request.
    pub(super) async fn head(&mut self) -> io::Result<Result<Head, NoHead>> {
        loop {
            if !self.received.is_empty() {
                match head::parse(&self.received) {
                    Parsed::Head(length, head) => {
                        drop(self.received.split_to(length));
                        return Ok(Ok(head));
                    }
                    Parsed::Partial => {}
                    Parsed::Bad(status) => return Ok(Err(NoHead::Bad(status))),
                }
            }
            if self.fill().await? == 0 {
                return if self.received.is_empty() {
                    Ok(Err(NoHead::End))
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    /// Reads a body of at most `limit_bytes`; the rest of a longer one is read as well, but not kept.
    pub(super) async fn body(
        &mut self,
        head: &Head,
        limit_bytes: u64,
    ) -> io::Result<Result<Posted, Unreadable>> {
        self.go_ahead(head).await?;
        match head.framing {
            Framing::Length(length) if length > limit_bytes => {
                let at_its_end = self.skip(length).await?;
                Ok(Err(Unreadable::TooLarge { at_its_end }))
            }
            Framing::Length(length) => self.known_length(length).await,
            Framing::Chunked => self.chunks(limit_bytes).await,
        }
    }

    /// Begins to read a body piece by piece.
    pub(super) async fn course(&mut self, head: &Head) -> io::Result<Course> {
        self.go_ahead(head).await?;
        let left = match head.framing {
            Framing::Length(length) => Left::Length(length),
            Framing::Chunked => Left::Chunks(Chunks::default()),
        };
        Ok(Course { left, room: FIRST_READ_BYTES })
    }

    /// Waits for the next piece of a body.
    pub(super) async fn piece(&mut self, course: &mut Course) -> io::Result<Piece> {
        loop {
            let step = match &mut course.left {
                Left::Length(0) => Ok(Step::End(Trailers::default())),
                Left::Length(_) if self.received.is_empty() => Ok(Step::NeedMore),
                Left::Length(left) => {
                    let there =
                        usize::try_from(*left).unwrap_or(usize::MAX).min(self.received.len());
                    *left -= there as u64;
                    Ok(Step::Data(self.received.split_to(there)))
                }
                Left::Chunks(chunks) => chunks.step(&mut self.received),
            };
            match step {
                Ok(Step::Data(data)) => return Ok(Piece::Data(data)),
                Ok(Step::End(trailers)) => return Ok(Piece::End(trailers)),
                Err(_) => return Ok(Piece::Truncated),
                Ok(Step::NeedMore) => {
                    // A guest may pause for long between two pieces; until then there is no room for it.
                    self.from_guest.readable().await?;
                    self.received.reserve(course.room);
                    match self.fill().await? {
                        0 => return Ok(Piece::Truncated),
                        read if read >= course.room => {
                            course.room = (2 * course.room).min(READ_BYTES);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Tells a guest that waits for it to send the body.
    async fn go_ahead(&self, head: &Head) -> io::Result<()> {
        if head.expects_continue && self.received.is_empty() {
            self.send(CONTINUE, &[]).await?;
        }
        Ok(())
    }

    /// Waits until the guest closes the connection or has sent too much ahead of time.
    pub(super) async fn watch(&mut self) -> io::Result<()> {
        if self.received.is_empty() {
            self.received = BytesMut::new();
        }
        // Nothing is to be read as a rule, so this waits without room for it.
        while self.received.len() < MAX_AHEAD_BYTES {
            if self.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        std::future::pending().await
    }

    /// Sends both parts as one.
    pub(super) async fn send(&self, head: &[u8], payload: &[u8]) -> io::Result<()> {
        self.send_rest(head, payload, 0).await
    }

    /// Sends what is left of both parts after the first `sent` bytes.
    pub(super) async fn send_rest(
        &self,
        head: &[u8],
        payload: &[u8],
        mut sent: usize,
    ) -> io::Result<()> {
        while sent < head.len() + payload.len() {
            match try_send(&self.to_guest, head, payload, sent) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(more) => sent += more,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.to_guest.writable().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn known_length(&mut self, length: u64) -> io::Result<Result<Posted, Unreadable>> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        while self.received.len() < length {
            if self.fill().await? == 0 {
                return Ok(Err(Unreadable::Truncated));
            }
        }
        let bytes = self.received.split_to(length).freeze();
        Ok(Ok(Posted { bytes, trailers: Trailers::default() }))
    }

    async fn chunks(&mut self, limit_bytes: u64) -> io::Result<Result<Posted, Unreadable>> {
        let (mut chunks, mut body, mut length) = (Chunks::default(), BytesMut::new(), 0_u64);
        loop {
            match chunks.step(&mut self.received) {
                Ok(Step::Data(data)) => {
                    length += data.len() as u64;
                    if length > MAX_UNWANTED_BYTES.max(limit_bytes) {
                        return Ok(Err(Unreadable::TooLarge { at_its_end: false }));
                    }
                    if length > limit_bytes {
                        body = BytesMut::new();
                    } else if body.is_empty() {
                        body = data;
                    } else {
                        body.extend_from_slice(&data);
                    }
                }
                Ok(Step::NeedMore) if self.fill().await? > 0 => {}
                Ok(Step::End(_)) if length > limit_bytes => {
                    return Ok(Err(Unreadable::TooLarge { at_its_end: true }));
                }
                Ok(Step::End(trailers)) => {
                    return Ok(Ok(Posted { bytes: body.freeze(), trailers }));
                }
                Ok(Step::NeedMore) | Err(_) => return Ok(Err(Unreadable::Truncated)),
            }
        }
    }

    /// Reads over so many bytes, unless they are too many; tells whether it has come to their end.
    async fn skip(&mut self, length: u64) -> io::Result<bool> {
        if length > MAX_UNWANTED_BYTES {
            return Ok(false);
        }
        let mut left = length;
        loop {
            let there = usize::try_from(left).unwrap_or(usize::MAX).min(self.received.len());
            drop(self.received.split_to(there));
            left -= there as u64;
            if left == 0 {
                return Ok(true);
            }
            if self.fill().await? == 0 {
                return Ok(false);
            }
        }
    }

    /// Waits for more bytes; zero is the end. Dropping the future loses nothing.
    async fn fill(&mut self) -> io::Result<usize> {
        if self.received.is_empty() && self.received.capacity() < FIRST_READ_BYTES {
            // Only when there is something, so that who waits for long holds no room.
            self.from_guest.readable().await?;
        }
        let room = self.received.len().clamp(FIRST_READ_BYTES, READ_BYTES);
        self.received.reserve(room);
        // Unlike `try_read` this learns from a read that did not fill the room that nothing is left.
        self.from_guest.read_buf(&mut self.received).await
    }
}

/// Sends as much of both parts, after the first `sent` bytes, as the socket takes at once.
pub(super) fn try_send(
    stream: &OwnedWriteHalf,
    head: &[u8],
    payload: &[u8],
    sent: usize,
) -> io::Result<usize> {
    let first = head.get(sent..).unwrap_or_default();
    let second = payload.get(sent.saturating_sub(head.len())..).unwrap_or_default();
    if second.is_empty() {
        stream.try_write(first)
    } else {
        stream.try_write_vectored(&[IoSlice::new(first), IoSlice::new(second)])
    }
}
