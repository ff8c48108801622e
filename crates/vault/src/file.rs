//! Large content in a file: sealed in chunks, so that any part can be read without the rest.
//!
//! ```text
//! magic | length of the wrapped key | wrapped key | sealed digest and size | chunk | chunk | … | last chunk
//! ```
//!
//! Each file has a data key of its own. Chunks are sealed by the STREAM construction (Hoang,
//! Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance): the nonce of a chunk counts it and says whether it is the last, so that none
//! can be moved, left out or appended. The sealed size tells from the header alone whether the file
//! is complete, and the sealed digest whether it is under its own name.

use std::{
    fs::File,
    io::{self, ErrorKind, Write},
    ops::Range,
    os::unix::fs::FileExt,
};

use crate::{
    KeyError, KeyService, SecretKey,
    cipher::{Cipher, NONCE_BYTES, TAG_BYTES},
};

const MAGIC: &[u8; 8] = b"lambkin\x01";
/// Content bytes of every chunk but the last.
pub(crate) const CHUNK_BYTES: u64 = 64 * 1024;
const SEALED_CHUNK_BYTES: u64 = CHUNK_BYTES + TAG_BYTES as u64;
const DIGEST_BYTES: usize = 32;
/// Digest and size, and the tag over them.
const INFO_BYTES: usize = DIGEST_BYTES + 8 + TAG_BYTES;
/// No chunk has it: their nonces begin with zeros.
const INFO_NONCE: [u8; NONCE_BYTES] = [0xff; NONCE_BYTES];
const CONTEXT: &str = "blob";
/// Wrapped keys of any service are far shorter.
const MAX_WRAPPED_BYTES: usize = 4096;

/// What a sealed file says of its content before the content is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedInfo {
    /// The SHA-256 of the content, by which its writer named it.
    pub digest: [u8; DIGEST_BYTES],
    /// The length of the content.
    pub size_bytes: u64,
}

/// A sealed file being written.
pub struct Draft {
    cipher: Cipher,
    header_bytes: u64,
    /// Content that does not fill a chunk yet.
    pending: Vec<u8>,
    chunks: u32,
    size_bytes: u64,
}

/// A sealed file being read, in any order.
pub struct SealedFile {
    file: File,
    cipher: Cipher,
    header_bytes: u64,
    info: SealedInfo,
}

/// Says why a sealed file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not what was written.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// Its key cannot be had.
    #[error("its key cannot be used")]
    Key(#[from] KeyError),
    /// The system failed.
    #[error("the file cannot be read or written")]
    Io(#[from] io::Error),
}

// === impl Draft ===

impl Draft {
    /// Begins an empty file with room for what is known only at the end.
    pub fn begin(service: &dyn KeyService, file: &mut File) -> Result<Self, FileError> {
        let key = service.generate_data_key(None, CONTEXT)?;
        let length = u16::try_from(key.wrapped.len())
            .ok()
            .filter(|length| usize::from(*length) <= MAX_WRAPPED_BYTES)
            .ok_or(FileError::Damaged("its wrapped key is too long"))?;
        let mut header = [&MAGIC[..], &length.to_be_bytes(), &key.wrapped].concat();
        header.resize(header.len() + INFO_BYTES, 0);
        file.write_all(&header)?;
        Ok(Self::new(&key.plain, header.len()))
    }

    fn new(key: &SecretKey, header_bytes: usize) -> Self {
        Self {
            cipher: Cipher::new(key),
            header_bytes: header_bytes as u64,
            pending: Vec::new(),
            chunks: 0,
            size_bytes: 0,
        }
    }

    /// Appends content.
    pub fn write(&mut self, file: &mut File, mut content: &[u8]) -> Result<(), FileError> {
        self.size_bytes += content.len() as u64;
        let chunk_bytes = to_memory(CHUNK_BYTES);
        while !content.is_empty() {
            // A full chunk is written only when more follows: the last one is sealed as the last.
            if self.pending.len() == chunk_bytes {
                self.write_chunk(file, false)?;
            }
            let (taken, rest) =
                content.split_at(content.len().min(chunk_bytes - self.pending.len()));
            self.pending.extend_from_slice(taken);
            content = rest;
        }
        Ok(())
    }

    /// Writes what is left and the header; the caller makes the file durable.
    pub fn finish(mut self, file: &mut File, digest: [u8; DIGEST_BYTES]) -> Result<(), FileError> {
        self.write_chunk(file, true)?;
        let mut info = [&digest[..], &self.size_bytes.to_be_bytes()].concat();
        self.cipher.seal_with(INFO_NONCE, &mut info)?;
        Ok(file.write_all_at(&info, self.header_bytes - INFO_BYTES as u64)?)
    }

    fn write_chunk(&mut self, file: &mut File, last: bool) -> Result<(), FileError> {
        self.cipher.seal_with(nonce(self.chunks, last), &mut self.pending)?;
        file.write_all(&self.pending)?;
        self.pending.clear();
        self.chunks = self.chunks.checked_add(1).ok_or(FileError::Damaged("it is too large"))?;
        Ok(())
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

// === impl SealedFile ===

impl SealedFile {
    /// Reads and checks the header.
    pub fn open(service: &dyn KeyService, file: File) -> Result<Self, FileError> {
        let mut start = [0; MAGIC.len() + 2];
        file.read_exact_at(&mut start, 0).map_err(cut_short)?;
        let (magic, length) = start.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(FileError::Damaged("it is not sealed"));
        }
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if length > MAX_WRAPPED_BYTES {
            return Err(FileError::Damaged("its wrapped key is too long"));
        }
        let mut rest = vec![0; length + INFO_BYTES];
        file.read_exact_at(&mut rest, start.len() as u64).map_err(cut_short)?;
        let (wrapped, info) = rest.split_at(length);
        let cipher = Cipher::new(&service.decrypt(None, wrapped, CONTEXT)?);
        let mut info = info.to_vec();
        cipher.open_with(INFO_NONCE, &mut info)?;
        let info = SealedInfo::read(&info).ok_or(FileError::Damaged("its header is too short"))?;
        let header_bytes = (start.len() + rest.len()) as u64;
        if Some(file.metadata()?.len()) != info.sealed_bytes(header_bytes) {
            return Err(FileError::Damaged("it does not have the length that it was written with"));
        }
        Ok(Self { file, cipher, header_bytes, info })
    }

    /// Tells what the file says of its content.
    pub fn info(&self) -> SealedInfo {
        self.info
    }

    /// Reads a part of the content, which has to lie within it.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<u8>, FileError> {
        let mut content = Vec::with_capacity(to_memory(range.end - range.start));
        let mut at = range.start;
        while at < range.end {
            let chunk = self.read_chunk(at / CHUNK_BYTES)?;
            let from = to_memory(at % CHUNK_BYTES);
            let to = chunk.len().min(from + to_memory(range.end - at));
            content.extend_from_slice(&chunk[from..to]);
            at += (to - from) as u64;
        }
        Ok(content)
    }

    /// Reads one chunk of the content.
    pub(crate) fn read_chunk(&self, index: u64) -> Result<Vec<u8>, FileError> {
        let last = self.info.chunks() - 1;
        let length = match index {
            index if index < last => CHUNK_BYTES,
            index if index == last => self.info.size_bytes - last * CHUNK_BYTES,
            _ => return Err(FileError::Damaged("it is read beyond its end")),
        };
        let number = u32::try_from(index).map_err(|_| FileError::Damaged("it is too large"))?;
        let mut chunk = vec![0; to_memory(length) + TAG_BYTES];
        let offset = self.header_bytes + index * SEALED_CHUNK_BYTES;
        self.file.read_exact_at(&mut chunk, offset).map_err(cut_short)?;
        let opened = self.cipher.open_with(nonce(number, index == last), &mut chunk);
        opened.map_err(|_| FileError::Damaged("a part is not what was written"))?;
        Ok(chunk)
    }
}

impl std::fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedFile").field("info", &self.info).finish_non_exhaustive()
    }
}

// === impl SealedInfo ===

impl SealedInfo {
    fn read(info: &[u8]) -> Option<Self> {
        let (digest, size) = info.split_first_chunk::<DIGEST_BYTES>()?;
        Some(Self { digest: *digest, size_bytes: u64::from_be_bytes(size.try_into().ok()?) })
    }

    /// Even empty content has a chunk, which says that nothing follows.
    fn chunks(&self) -> u64 {
        self.size_bytes.div_ceil(CHUNK_BYTES).max(1)
    }

    fn sealed_bytes(&self, header_bytes: u64) -> Option<u64> {
        let tags = self.chunks().checked_mul(TAG_BYTES as u64)?;
        self.size_bytes.checked_add(tags)?.checked_add(header_bytes)
    }
}

fn nonce(chunk: u32, last: bool) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    nonce[NONCE_BYTES - 5..NONCE_BYTES - 1].copy_from_slice(&chunk.to_be_bytes());
    nonce[NONCE_BYTES - 1] = u8::from(last);
    nonce
}

fn cut_short(error: io::Error) -> FileError {
    match error.kind() {
        ErrorKind::UnexpectedEof => FileError::Damaged("it ends too early"),
        _ => error.into(),
    }
}

fn to_memory(bytes: u64) -> usize {
    usize::try_from(bytes).expect("what is read at once fits into memory")
}

#[cfg(test)]
mod tests;
