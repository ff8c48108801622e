//! Messages with file descriptors between the server, the spawner, and a jail's init.
//!
//! Every socket is a pair that keeps message boundaries, so a message arrives whole or not at all, and the end of
//! either process is seen by the other.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recv, recvmsg, sendmsg, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest message: arguments and environment of a program are the only long ones.
const MAX_MESSAGE_BYTES: usize = 192 * 1024;
/// Most descriptors in one message; the kernel allows 253.
const MAX_FDS: usize = 64;

/// Stands between a message and its body; no JSON text contains it.
const BODY_FOLLOWS: u8 = 0;

/// A message and the descriptors that came with it.
pub(crate) type Received<T> = (T, Vec<OwnedFd>);

/// Makes two connected ends.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// Sends one message.
pub(crate) fn send<T: Serialize>(
    socket: impl AsFd,
    message: &T,
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    send_bytes(socket, &serde_json::to_vec(message)?, fds)
}

/// Sends one message with a body that is not for its receiver itself but for who that passes it on to.
pub(crate) fn send_with_body<T: Serialize>(
    socket: impl AsFd,
    message: &T,
    body: &impl Serialize,
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(message)?;
    bytes.push(BODY_FOLLOWS);
    serde_json::to_writer(&mut bytes, body)?;
    send_bytes(socket, &bytes, fds)
}

fn send_bytes(socket: impl AsFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    if bytes.len() > MAX_MESSAGE_BYTES || fds.len() > MAX_FDS {
        return Err(io::Error::from_raw_os_error(libc::E2BIG));
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::Error::from_raw_os_error(libc::E2BIG));
    }
    // A receiver that is gone is an error here, never a signal.
    retry(|| sendmsg(&socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Waits for one message; `None` is the end of the other side.
pub(crate) fn receive<T: DeserializeOwned>(socket: impl AsFd) -> io::Result<Option<Received<T>>> {
    let raw = receive_raw(socket, RecvFlags::empty())?;
    raw.map(Raw::received).transpose()
}

/// Takes one message if there is one, else fails with [`io::ErrorKind::WouldBlock`].
pub(crate) fn try_receive<T: DeserializeOwned>(
    socket: impl AsFd,
) -> io::Result<Option<Received<T>>> {
    let raw = receive_raw(socket, RecvFlags::DONTWAIT)?;
    raw.map(Raw::received).transpose()
}

/// Waits for one message that may have a body.
pub(crate) fn receive_with_body(socket: impl AsFd) -> io::Result<Option<Raw>> {
    receive_raw(socket, RecvFlags::empty())
}

/// A message as it arrived.
#[derive(Debug)]
pub(crate) struct Raw {
    bytes: Vec<u8>,
    pub(crate) fds: Vec<OwnedFd>,
}

// === impl Raw ===

impl Raw {
    pub(crate) fn message<T: DeserializeOwned>(&self) -> io::Result<T> {
        Ok(serde_json::from_slice(self.parts().0)?)
    }

    fn received<T: DeserializeOwned>(mut self) -> io::Result<Received<T>> {
        Ok((self.message()?, std::mem::take(&mut self.fds)))
    }

    /// What follows the message; nothing if there is no body.
    pub(crate) fn body(&self) -> &[u8] {
        self.parts().1
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        match self.bytes.iter().position(|byte| *byte == BODY_FOLLOWS) {
            Some(end) => (&self.bytes[..end], &self.bytes[end + 1..]),
            None => (&self.bytes, &[]),
        }
    }
}

impl Drop for Raw {
    /// Bodies hold secrets of one tenant, and the receiver goes on to serve others.
    fn drop(&mut self) {
        self.bytes.fill(0);
        // Keeps the compiler from leaving out writes to memory that is about to be freed.
        std::hint::black_box(&self.bytes);
    }
}

fn receive_raw(socket: impl AsFd, flags: RecvFlags) -> io::Result<Option<Raw>> {
    // Asking for the length first keeps the buffer, and with it the memory of every jail's init, small.
    let peek = flags | RecvFlags::PEEK | RecvFlags::TRUNC;
    let Some(length) = ended(retry(|| Ok(recv(&socket, &mut [0; 0][..], peek)?.1)))? else {
        return Ok(None);
    };
    let mut bytes = vec![0; length];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = flags | RecvFlags::CMSG_CLOEXEC;
    let received =
        retry(|| recvmsg(&socket, &mut [IoSliceMut::new(&mut bytes)], &mut control, flags));
    let Some(_length) = ended(received.map(|received| received.bytes))? else { return Ok(None) };
    let mut fds = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            fds.extend(rights);
        }
    }
    Ok(Some(Raw { bytes, fds }))
}

/// Tells the end of the other side, `None`, from a message's length.
fn ended(received: rustix::io::Result<usize>) -> io::Result<Option<usize>> {
    match received {
        // A reset connection is how the kernel reports an end with messages left unread on the other side.
        Err(Errno::CONNRESET) | Ok(0) => Ok(None),
        other => Ok(Some(other?)),
    }
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn a_message_carries_descriptors_that_work_on_the_other_side() {
        let (left, right) = pair().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        send(&left, &"hello".to_owned(), &[writer.as_fd()]).unwrap();
        drop(writer);

        let (text, fds) = receive::<String>(&right).unwrap().unwrap();
        assert_eq!(text, "hello");
        for fd in fds {
            io::PipeWriter::from(fd).write_all(b"through").unwrap();
        }
        let mut got = String::new();
        reader.read_to_string(&mut got).unwrap();
        assert_eq!(got, "through");
    }

    #[test]
    fn a_body_travels_behind_its_message_unread() {
        let (left, right) = pair().unwrap();
        send_with_body(&left, &7_u32, &["secret"], &[]).unwrap();
        send(&left, &8_u32, &[]).unwrap();
        let with = receive_with_body(&right).unwrap().unwrap();
        assert_eq!((with.message::<u32>().unwrap(), with.body()), (7, &br#"["secret"]"#[..]));
        let without = receive_with_body(&right).unwrap().unwrap();
        assert_eq!((without.message::<u32>().unwrap(), without.body()), (8, &b""[..]));
    }

    #[test]
    fn the_end_of_the_other_side_is_seen_after_its_last_message() {
        let (left, right) = pair().unwrap();
        send(&left, &1_u32, &[]).unwrap();
        drop(left);
        assert_eq!(receive::<u32>(&right).unwrap().unwrap().0, 1);
        assert!(receive::<u32>(&right).unwrap().is_none());
    }

    #[test]
    fn nothing_waiting_is_would_block() {
        let (_left, right) = pair().unwrap();
        let error = try_receive::<u32>(&right).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_message_that_is_too_long_is_refused_whole() {
        let (left, right) = pair().unwrap();
        let error = send(&left, &"x".repeat(MAX_MESSAGE_BYTES), &[]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::E2BIG));
        assert_eq!(try_receive::<String>(&right).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
