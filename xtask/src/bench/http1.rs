//! As much of HTTP/1.1 as the floor and the load generator need: messages with a known length on kept connections.

use std::io;

use tokio::net::TcpStream;

/// What is asked of the socket at once.
const CHUNK: usize = 8 * 1024;

/// What has arrived on a connection and was not taken yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    /// The length of the message that was given out last.
    taken: usize,
}

/// A request or an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    /// The first line and the headers.
    pub(super) head: &'a [u8],
    /// The body.
    pub(super) body: &'a [u8],
}

// === impl Inbox ===

impl Inbox {
    /// Waits for the next whole message; `None` if the other side is done.
    pub(super) async fn receive(&mut self, stream: &TcpStream) -> io::Result<Option<Message<'_>>> {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        let (head, total) = loop {
            if let Some(lengths) = measure(&self.bytes)? {
                break lengths;
            }
            stream.readable().await?;
            self.bytes.reserve(CHUNK);
            match stream.try_read_buf(&mut self.bytes) {
                Ok(0) if self.bytes.is_empty() => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        };
        self.taken = total;
        Ok(Some(Message { head: &self.bytes[..head], body: &self.bytes[head..total] }))
    }
}

// === impl Message ===

impl<'a> Message<'a> {
    /// Returns the text of a header.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }

    /// Returns the first line.
    pub(super) fn first_line(&self) -> &'a str {
        let end = self.head.iter().position(|byte| *byte == b'\r').unwrap_or(self.head.len());
        std::str::from_utf8(&self.head[..end]).unwrap_or_default()
    }
}

/// Sends all of a message that is small enough for the socket's own buffer.
pub(super) fn send(stream: &TcpStream, message: &[u8]) -> io::Result<()> {
    let sent = stream.try_write(message)?;
    if sent < message.len() {
        return Err(io::Error::other("the message is larger than the socket's buffer"));
    }
    Ok(())
}

/// Returns the lengths of the head and of the whole message, once it is all there.
fn measure(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &bytes[..end + 4];
    if header(head, "transfer-encoding").is_some() {
        return Err(io::Error::other("a message without a known length"));
    }
    let length = match header(head, "content-length") {
        Some(text) => text.parse().map_err(io::Error::other)?,
        None => 0,
    };
    let total = head.len() + length;
    Ok((bytes.len() >= total).then_some((head.len(), total)))
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (key, rest) = line.split_at_checked(name.len())?;
        let value = rest.strip_prefix(b":")?;
        let found = key.eq_ignore_ascii_case(name.as_bytes());
        found.then(|| std::str::from_utf8(value).unwrap_or_default().trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_long_as_its_head_says() {
        let bytes = b"POST / HTTP/1.1\r\ncontent-LENGTH: 3\r\n\r\nabcGET";
        assert_eq!(measure(bytes).unwrap(), Some((38, 41)));
        assert_eq!(measure(&bytes[..40]).unwrap(), None);
        assert_eq!(measure(&bytes[..20]).unwrap(), None);
    }

    #[test]
    fn a_message_without_a_length_has_no_body() {
        assert_eq!(measure(b"GET / HTTP/1.1\r\n\r\n").unwrap(), Some((18, 18)));
    }

    #[test]
    fn chunks_are_refused() {
        assert!(measure(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn a_header_is_found_by_its_whole_name() {
        let head = b"HTTP/1.1 200 OK\r\nx-length: 1\r\nlength: 2\r\n\r\n";
        let message = Message { head, body: b"" };
        assert_eq!(message.header("Length"), Some("2"));
        assert_eq!(message.header("leng"), None);
        assert_eq!(message.first_line(), "HTTP/1.1 200 OK");
    }
}
