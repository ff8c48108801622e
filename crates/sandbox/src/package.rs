//! Deployment packages: checked before anything is kept, unpacked once, shared read-only.

mod cache;
mod entry;
mod unpack;

use std::io::{self, Read, Seek};

use zip::ZipArchive;

pub use cache::CodeCache;

use entry::Entry;

/// How large a package may be.
#[derive(Clone, Copy, Debug)]
pub struct PackageLimits {
    /// All files together, unpacked.
    pub unzipped_bytes: u64,
    /// Files, directories and links together.
    pub entries: u64,
}

/// What a package holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// All files together, unpacked, as the archive declares them.
    pub unzipped_bytes: u64,
    /// Files, directories and links together.
    pub entries: u64,
}

/// Says why a package is refused.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The bytes are no zip archive, or a damaged one.
    #[error("the archive cannot be read: {0}")]
    Unreadable(String),
    /// The archive holds nothing.
    #[error("the archive is empty")]
    Empty,
    /// The files are too large together.
    #[error("the files are larger than {limit_bytes} bytes")]
    TooLarge {
        /// The largest permitted sum.
        limit_bytes: u64,
    },
    /// There are too many files.
    #[error("the archive has {count} entries, more than {limit}")]
    TooMany {
        /// How many there are.
        count: u64,
        /// How many are permitted.
        limit: u64,
    },
    /// An entry would leave the directory that it is unpacked to, or is no file, directory or link.
    #[error("entry {name:?} {why}")]
    Unsafe {
        /// The entry's name in the archive.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The machine failed, not the package.
    #[error("cannot unpack")]
    Io(#[from] io::Error),
}

/// Checks an archive's directory against `limits` without unpacking anything.
pub fn inspect(archive: impl Read + Seek, limits: PackageLimits) -> Result<Summary, PackageError> {
    let mut archive = open(archive)?;
    summarise(&mut archive, limits)
}

fn open<R: Read + Seek>(archive: R) -> Result<ZipArchive<R>, PackageError> {
    ZipArchive::new(archive).map_err(unreadable)
}

fn summarise<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    limits: PackageLimits,
) -> Result<Summary, PackageError> {
    let mut summary = Summary { unzipped_bytes: 0, entries: archive.len() as u64 };
    if summary.entries == 0 {
        return Err(PackageError::Empty);
    }
    if summary.entries > limits.entries {
        return Err(PackageError::TooMany { count: summary.entries, limit: limits.entries });
    }
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(unreadable)?;
        Entry::of(&file)?;
        summary.unzipped_bytes = summary.unzipped_bytes.saturating_add(file.size());
    }
    if summary.unzipped_bytes > limits.unzipped_bytes {
        return Err(PackageError::TooLarge { limit_bytes: limits.unzipped_bytes });
    }
    Ok(summary)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn unreadable(error: zip::result::ZipError) -> PackageError {
    PackageError::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests;
