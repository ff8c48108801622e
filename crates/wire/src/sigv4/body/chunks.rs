//! The layout of `aws-chunked`: sizes and signatures between the data, headers after it.

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::{BodyRefusal, ChunkSigner};

/// No line between chunks is longer: a size and a signature.
const MAX_LINE_BYTES: usize = 1024;

/// No body has more headers after it.
const MAX_TRAILERS: usize = 16;

const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// A body in chunks, being read.
#[derive(Debug)]
pub(super) struct Chunks {
    signer: Option<ChunkSigner>,
    expected: Expected,
    /// What has come and is not understood yet; shorter than a line.
    rest: BytesMut,
    trailers: HeaderMap,
    trailer_text: Vec<u8>,
    trailer_signature: Option<[u8; 32]>,
}

/// What comes next.
#[derive(Debug)]
enum Expected {
    /// The line that begins a chunk.
    Size,
    /// More of a chunk.
    Data { left: u64, running: Sha256, signature: Option<[u8; 32]>, is_last: bool },
    /// The end of the line that the data is.
    LineEnd,
    /// A header after the last chunk, or the empty line that ends everything.
    Trailer,
    /// Nothing.
    Nothing,
}

// === impl Chunks ===

impl Chunks {
    pub(super) fn new(signer: Option<ChunkSigner>) -> Self {
        Self {
            signer,
            expected: Expected::Size,
            rest: BytesMut::new(),
            trailers: HeaderMap::new(),
            trailer_text: Vec::new(),
            trailer_signature: None,
        }
    }

    pub(super) fn read(
        &mut self,
        mut received: Bytes,
        give: &mut impl FnMut(Bytes),
    ) -> Result<(), BodyRefusal> {
        while !received.is_empty() {
            match &mut self.expected {
                Expected::Nothing => return Err(BodyRefusal::Malformed),
                Expected::Data { left, running, .. } => {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(received.len());
                    let data = received.split_to(length);
                    running.update(&data);
                    *left -= length as u64;
                    let is_over = *left == 0;
                    give(data);
                    if is_over {
                        self.end_of_data()?;
                    }
                }
                Expected::Size | Expected::LineEnd | Expected::Trailer => {
                    if let Some(line) = self.line(&mut received)? {
                        self.take_line(&line)?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<HeaderMap, BodyRefusal> {
        // Some clients leave out the empty line at the very end.
        let ended = matches!(self.expected, Expected::Nothing | Expected::Trailer);
        if !ended || !self.rest.is_empty() {
            return Err(BodyRefusal::Incomplete);
        }
        if let Some(signer) = &mut self.signer
            && !self.trailers.is_empty()
        {
            let signature = self.trailer_signature.ok_or(BodyRefusal::Signature)?;
            signer.trailer(&self.trailer_text, signature)?;
        }
        Ok(self.trailers)
    }

    /// Takes a line off what was received, without its end, once all of it is there.
    fn line(&mut self, received: &mut Bytes) -> Result<Option<BytesMut>, BodyRefusal> {
        let end = received.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(received.len(), |at| at + 1);
        if self.rest.len() + length > MAX_LINE_BYTES {
            return Err(BodyRefusal::Malformed);
        }
        self.rest.extend_from_slice(&received[..length]);
        received.advance(length);
        if end.is_none() {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.rest);
        line.truncate(line.len() - 1);
        if line.last() != Some(&b'\r') {
            return Err(BodyRefusal::Malformed);
        }
        line.truncate(line.len() - 1);
        Ok(Some(line))
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), BodyRefusal> {
        let line = std::str::from_utf8(line).map_err(|_| BodyRefusal::Malformed)?;
        match &self.expected {
            Expected::Size => self.begin_chunk(line),
            Expected::LineEnd if line.is_empty() => {
                self.expected = Expected::Size;
                Ok(())
            }
            Expected::Trailer if line.is_empty() => {
                self.expected = Expected::Nothing;
                Ok(())
            }
            Expected::Trailer => self.take_trailer(line),
            _ => Err(BodyRefusal::Malformed),
        }
    }

    fn begin_chunk(&mut self, line: &str) -> Result<(), BodyRefusal> {
        let (size, extension) = line.split_once(';').unwrap_or((line, ""));
        // The parser of numbers would take a sign.
        if size.is_empty() || !size.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BodyRefusal::Malformed);
        }
        let left = u64::from_str_radix(size, 16).map_err(|_| BodyRefusal::Malformed)?;
        let signature = match extension.strip_prefix("chunk-signature=") {
            Some(text) => Some(signature(text)?),
            None => None,
        };
        self.expected =
            Expected::Data { left, running: Sha256::new(), signature, is_last: left == 0 };
        if left == 0 { self.end_of_data() } else { Ok(()) }
    }

    fn end_of_data(&mut self) -> Result<(), BodyRefusal> {
        let Expected::Data { running, signature, is_last, .. } =
            std::mem::replace(&mut self.expected, Expected::Nothing)
        else {
            return Err(BodyRefusal::Malformed);
        };
        let hash: [u8; 32] = running.finalize().into();
        // No line end follows the data of the last chunk, which has none.
        self.expected = if is_last { Expected::Trailer } else { Expected::LineEnd };
        match &mut self.signer {
            Some(signer) => signer.chunk(hash, signature.ok_or(BodyRefusal::Signature)?),
            None => Ok(()),
        }
    }

    fn take_trailer(&mut self, line: &str) -> Result<(), BodyRefusal> {
        let (name, value) = line.split_once(':').ok_or(BodyRefusal::Malformed)?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if name == TRAILER_SIGNATURE {
            self.trailer_signature = Some(signature(value)?);
            return Ok(());
        }
        if self.trailers.len() >= MAX_TRAILERS {
            return Err(BodyRefusal::Malformed);
        }
        self.trailer_text.extend_from_slice(format!("{name}:{value}\n").as_bytes());
        let name = HeaderName::try_from(name).map_err(|_| BodyRefusal::Malformed)?;
        let value = HeaderValue::from_str(value).map_err(|_| BodyRefusal::Malformed)?;
        self.trailers.insert(name, value);
        Ok(())
    }
}

fn signature(text: &str) -> Result<[u8; 32], BodyRefusal> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| BodyRefusal::Malformed)?;
    Ok(bytes)
}
