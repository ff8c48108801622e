//! What of an archive is signed, and where the signature is.

use std::io::{self, Read, Seek, Write};

use sha2::{Digest, Sha384};
use zip::{ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// The entry with the signature.
pub const SIGNATURE_FILE: &str = "META_INF/aws_signer_signature_v1.0.SF";
/// Its directory has an entry of its own, which is signed like any other.
const SIGNATURE_DIRECTORY: &str = "META_INF/";
/// Signatures have some kilobytes.
const MAX_SIGNATURE_BYTES: u64 = 256 * 1024;

/// A SHA-384.
pub(crate) type Hash = [u8; 48];

/// Says why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no archive, or a damaged one.
    #[error("the archive cannot be read: {0}")]
    Unreadable(String),
    /// It unpacks to more than permitted.
    #[error("the files are larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// It is signed already.
    #[error("the archive is signed already")]
    Signed,
    /// The system failed.
    #[error("cannot read or write")]
    Io(#[from] io::Error),
}

/// An archive that has a signature.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The hash over everything but the signature.
    pub(crate) hash: Hash,
    /// The signature as it is stored.
    pub(crate) signature: Vec<u8>,
}

/// Hashes an archive that has a signature; one that has none is not unpacked.
pub(crate) fn digest(
    archive: impl Read + Seek,
    limit_bytes: u64,
) -> Result<Option<Signed>, ArchiveError> {
    let mut archive = ZipArchive::new(archive).map_err(unreadable)?;
    if archive.index_for_name(SIGNATURE_FILE).is_none() {
        return Ok(None);
    }
    let (hash, signature) = walk(&mut archive, limit_bytes)?;
    Ok(Some(Signed { hash, signature }))
}

/// Copies an archive and adds what `sign` makes of its hash.
pub(crate) fn add_signature<E: From<ArchiveError>>(
    archive: impl Read + Seek,
    out: impl Write + Seek,
    limit_bytes: u64,
    sign: impl FnOnce(&Hash) -> Result<String, E>,
) -> Result<(), E> {
    let mut archive = ZipArchive::new(archive).map_err(unreadable)?;
    if archive.index_for_name(SIGNATURE_FILE).is_some() {
        return Err(ArchiveError::Signed.into());
    }
    let mut writer = ZipWriter::new(out);
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(unreadable)?;
        writer.raw_copy_file(entry).map_err(unreadable)?;
    }
    let has_directory = archive.index_for_name(SIGNATURE_DIRECTORY).is_some();
    let mut hash = Hasher::new(limit_bytes);
    hash.all(&mut archive)?;
    let options = SimpleFileOptions::default();
    if !has_directory {
        let directory = SIGNATURE_DIRECTORY.trim_end_matches('/');
        writer.add_directory(directory, options).map_err(unreadable)?;
        hash.state.update(SIGNATURE_DIRECTORY);
    }
    let signature = sign(&hash.state.finalize().into())?;
    writer.start_file(SIGNATURE_FILE, options).map_err(unreadable)?;
    writer.write_all(signature.as_bytes()).map_err(ArchiveError::from)?;
    writer.finish().map_err(unreadable)?;
    Ok(())
}

fn walk<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    limit_bytes: u64,
) -> Result<(Hash, Vec<u8>), ArchiveError> {
    let mut hash = Hasher::new(limit_bytes);
    hash.all(archive)?;
    Ok((hash.state.finalize().into(), hash.signature))
}

/// Hashes names and contents one after the other, in the archive's order, as the signer does.
struct Hasher {
    state: Sha384,
    left_bytes: u64,
    limit_bytes: u64,
    signature: Vec<u8>,
}

// === impl Hasher ===

impl Hasher {
    fn new(limit_bytes: u64) -> Self {
        Self { state: Sha384::new(), left_bytes: limit_bytes, limit_bytes, signature: Vec::new() }
    }

    fn all<R: Read + Seek>(&mut self, archive: &mut ZipArchive<R>) -> Result<(), ArchiveError> {
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(unreadable)?;
            if entry.name() == SIGNATURE_FILE {
                let mut limited = (&mut entry).take(MAX_SIGNATURE_BYTES);
                limited.read_to_end(&mut self.signature).map_err(damaged)?;
                continue;
            }
            self.state.update(entry.name_raw());
            self.content(&mut entry)?;
        }
        Ok(())
    }

    /// Whatever sizes the archive declares, no more is read than permitted.
    fn content(&mut self, entry: &mut impl Read) -> Result<(), ArchiveError> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = entry.read(&mut buffer).map_err(damaged)?;
            if read == 0 {
                return Ok(());
            }
            let left_bytes = self.left_bytes.checked_sub(read as u64);
            let limit_bytes = self.limit_bytes;
            self.left_bytes = left_bytes.ok_or(ArchiveError::TooLarge { limit_bytes })?;
            self.state.update(&buffer[..read]);
        }
    }
}

/// What is read comes from memory or a checked file, so that the archive is to blame.
fn damaged(error: io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidData
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::Other => ArchiveError::Unreadable(error.to_string()),
        _ => error.into(),
    }
}

fn unreadable(error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) => damaged(error),
        error => ArchiveError::Unreadable(error.to_string()),
    }
}
