//! Sealed content as a file that is only read.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use crate::{SealedFile, file::CHUNK_BYTES};

/// Reads sealed content from any position; what does not prove itself is an error of kind
/// [`ErrorKind::InvalidData`].
#[derive(Debug)]
pub struct SealedReader {
    file: SealedFile,
    position: u64,
    /// The chunk that was read last, with its number.
    chunk: Option<(u64, Vec<u8>)>,
}

// === impl SealedReader ===

impl SealedReader {
    /// Starts at the beginning.
    pub fn new(file: SealedFile) -> Self {
        Self { file, position: 0, chunk: None }
    }

    fn chunk(&mut self, index: u64) -> io::Result<&[u8]> {
        if self.chunk.as_ref().is_none_or(|(found, _)| *found != index) {
            let chunk = self.file.read_chunk(index);
            let chunk = chunk.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            self.chunk = Some((index, chunk));
        }
        Ok(self.chunk.as_ref().map_or(&[], |(_, chunk)| chunk.as_slice()))
    }
}

impl Read for SealedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let position = self.position;
        if position >= self.file.info().size_bytes || buffer.is_empty() {
            return Ok(0);
        }
        let chunk = self.chunk(position / CHUNK_BYTES)?;
        let from = usize::try_from(position % CHUNK_BYTES).map_err(io::Error::other)?;
        let rest = chunk.get(from..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for SealedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.file.info().size_bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
