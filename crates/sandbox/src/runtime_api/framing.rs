//! Where a body ends, and bodies that come in chunks.

use bytes::{Buf, BytesMut};

use super::head::{MAX_HEAD_BYTES, value};

/// The longest line that tells the size of a chunk, with its extensions, which nobody uses.
const MAX_SIZE_LINE_BYTES: usize = 1024;
const MAX_TRAILERS: usize = 32;
const BREAK: &[u8] = b"\r\n";

/// How a message says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// After the chunk of size zero and the trailers.
    Chunked,
}

/// What followed the last chunk, as far as anyone looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trailers {
    /// `Lambda-Runtime-Function-Error-Type`: the function failed midway.
    pub(super) error_type: Option<String>,
    /// `Lambda-Runtime-Function-Error-Body`, still in base64.
    pub(super) error_body: Option<Vec<u8>>,
}

/// How far a chunked body has come.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// Before the line with the next chunk's size.
    #[default]
    Size,
    /// Inside a chunk of which so many bytes are missing.
    Data(u64),
    /// Between a chunk's bytes and the next size.
    Break,
    /// After the last chunk.
    Trailers,
}

/// What there is next in a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Bytes of the body.
    Data(BytesMut),
    /// Nothing before more has been received.
    NeedMore,
    /// The end.
    End(Trailers),
}

/// The guest did not keep to the format; nothing after it can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk is malformed")]
pub(super) struct Malformed;

// === impl Chunks ===

impl Chunks {
    /// Takes the next step, and what it consists of out of `received`.
    pub(super) fn step(&mut self, received: &mut BytesMut) -> Result<Step, Malformed> {
        loop {
            self.state = match self.state {
                State::Size => match size_line(received)? {
                    None => return Ok(Step::NeedMore),
                    Some((0, length)) => {
                        received.advance(length);
                        State::Trailers
                    }
                    Some((size, length)) => {
                        received.advance(length);
                        State::Data(size)
                    }
                },
                State::Data(_) if received.is_empty() => return Ok(Step::NeedMore),
                State::Data(missing) => {
                    let there = usize::try_from(missing).unwrap_or(usize::MAX).min(received.len());
                    let missing = missing - there as u64;
                    self.state = if missing == 0 { State::Break } else { State::Data(missing) };
                    return Ok(Step::Data(received.split_to(there)));
                }
                State::Break if received.len() < BREAK.len() => return Ok(Step::NeedMore),
                State::Break if received.starts_with(BREAK) => {
                    received.advance(BREAK.len());
                    State::Size
                }
                State::Break => return Err(Malformed),
                State::Trailers => {
                    let Some((trailers, length)) = trailers(received)? else {
                        return Ok(Step::NeedMore);
                    };
                    received.advance(length);
                    return Ok(Step::End(trailers));
                }
            };
        }
    }
}

/// Reads the line with a chunk's size; gives the size and the length of the line.
fn size_line(received: &[u8]) -> Result<Option<(u64, usize)>, Malformed> {
    let searched = &received[..received.len().min(MAX_SIZE_LINE_BYTES)];
    let Some(end) = searched.windows(BREAK.len()).position(|two| two == BREAK) else {
        return if received.len() < MAX_SIZE_LINE_BYTES { Ok(None) } else { Err(Malformed) };
    };
    let digits = searched[..end].split(|byte| *byte == b';').next().unwrap_or_default();
    let digits = digits.trim_ascii_end();
    // A sign, which `from_str_radix` would take, is no digit.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Malformed);
    }
    let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    let size = u64::from_str_radix(text, 16).map_err(|_| Malformed)?;
    Ok(Some((size, end + BREAK.len())))
}

fn trailers(received: &[u8]) -> Result<Option<(Trailers, usize)>, Malformed> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_TRAILERS];
    match httparse::parse_headers(received, &mut headers) {
        Ok(httparse::Status::Complete((length, headers))) => {
            let text = |name| value(headers, name);
            let error_type = text(super::head::Labels::ERROR_TYPE);
            let trailers = Trailers {
                error_type: error_type.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
                error_body: text(super::head::Labels::ERROR_BODY).map(<[u8]>::to_vec),
            };
            Ok(Some((trailers, length)))
        }
        Ok(httparse::Status::Partial) if received.len() < MAX_HEAD_BYTES => Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds `bytes` piece by piece; gives the body, the trailers and what was left over.
    fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, Trailers, Vec<u8>), Malformed> {
        let (mut chunks, mut received, mut body) = (Chunks::default(), BytesMut::new(), Vec::new());
        let mut pieces = pieces.iter();
        loop {
            match chunks.step(&mut received)? {
                Step::Data(data) => body.extend_from_slice(&data),
                Step::End(trailers) => {
                    let mut rest = received.to_vec();
                    pieces.for_each(|piece| rest.extend_from_slice(piece));
                    return Ok((body, trailers, rest));
                }
                Step::NeedMore => match pieces.next() {
                    Some(piece) => received.extend_from_slice(piece),
                    None => return Err(Malformed),
                },
            }
        }
    }

    #[test]
    fn chunks_become_one_body_and_what_follows_is_left() {
        let bytes = b"3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\nGET /";
        let (body, trailers, rest) = read(&[bytes]).unwrap();
        assert_eq!((body.as_slice(), rest.as_slice()), (&b"abc0123456789"[..], &b"GET /"[..]));
        assert_eq!(trailers, Trailers::default());
    }

    #[test]
    fn trailers_tell_of_a_failure() {
        let bytes = b"0\r\nlambda-runtime-function-Error-Type: E\r\n\
            Lambda-Runtime-Function-Error-Body: eyJ9\r\nOther: x\r\n\r\n";
        let (_, trailers, _) = read(&[bytes]).unwrap();
        let body = Some(b"eyJ9".to_vec());
        assert_eq!(trailers, Trailers { error_type: Some("E".into()), error_body: body });
    }

    #[test]
    fn sizes_that_are_none_are_refused() {
        let long = format!("1;{}", "x".repeat(MAX_SIZE_LINE_BYTES));
        for size in ["", "+1", "-1", "0x1", "g", "11111111111111111", &long] {
            assert_eq!(read(&[format!("{size}\r\nabc").as_bytes()]), Err(Malformed), "{size}");
        }
        assert_eq!(read(&[b"1\r\nabc"]), Err(Malformed), "a chunk that is longer than it says");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_a_body_is_cut(
            data in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..6),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        ) {
            let mut bytes = Vec::new();
            for chunk in &data {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(BREAK);
            }
            bytes.extend_from_slice(b"0\r\na: b\r\n\r\nNEXT");
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut start = 0;
            for cut in cuts {
                pieces.push(&bytes[start..cut]);
                start = cut;
            }
            pieces.push(&bytes[start..]);
            let (body, _, rest) = read(&pieces).unwrap();
            prop_assert_eq!(body, data.concat());
            prop_assert_eq!(rest, b"NEXT".to_vec());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&[&bytes]);
        }
    }
}
