//! Blob files on disk: how they come, are read and go.
//!
//! A blob is a file named by its digest, in one of 256 folders named by the digest's first byte.
//! It is written under another name, synced, and renamed, so a file under its name is complete.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::workers::Workers;
use crate::{BackendError, BlobInfo, BlobsError, Digest};

const UPLOADS_FOLDER: &str = "uploads";

const HASH_BUFFER_BYTES: usize = 64 * 1024;

/// The folder of blobs and the threads that work on it.
#[derive(Debug)]
pub(super) struct BlobFiles {
    pub(super) folder: Folder,
    pub(super) threads: Workers<()>,
}

/// The folder of blobs; every method blocks.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: Arc<Path>,
}

/// A blob being written; removed when dropped before it is finished.
#[derive(Debug)]
pub(super) struct Upload {
    file: NamedTempFile,
    hash: Sha256,
}

// === impl BlobFiles ===

impl BlobFiles {
    /// Opens the folder, creating it if needed and removing what interrupted uploads left.
    pub(super) fn open(root: &Path, threads: usize) -> io::Result<Self> {
        let folder = Folder { root: root.into() };
        folder.prepare()?;
        let threads = Workers::start("store-blob", vec![(); threads.max(1)])?;
        Ok(Self { folder, threads })
    }

    /// Has a thread work on the folder.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Folder) -> T + Send + 'static,
    ) -> Result<T, BackendError> {
        let folder = self.folder.clone();
        self.threads.run(move |()| act(&folder)).await
    }
}

// === impl Folder ===

impl Folder {
    fn prepare(&self) -> io::Result<()> {
        let uploads = self.root.join(UPLOADS_FOLDER);
        match fs::remove_dir_all(&uploads) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&uploads)?,
        }
        // Made once and synced here, the folders need no care when blobs arrive.
        for byte in 0..=u8::MAX {
            match fs::create_dir(self.root.join(hex::encode([byte]))) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        sync_dir(&self.root)
    }

    pub(super) fn begin(&self) -> io::Result<Upload> {
        let file = NamedTempFile::new_in(self.root.join(UPLOADS_FOLDER))?;
        Ok(Upload { file, hash: Sha256::new() })
    }

    pub(super) fn finish(&self, upload: Upload, stored_ms: i64) -> io::Result<Digest> {
        let digest = Digest::from_bytes(upload.hash.finalize().into());
        upload.file.as_file().set_modified(to_system_time(stored_ms))?;
        upload.file.as_file().sync_all()?;
        let path = self.path(&digest);
        // Also when the blob is already there: a removal under way must not win over this put.
        upload.file.persist(&path)?;
        sync_parent(&path)?;
        Ok(digest)
    }

    pub(super) fn open(&self, digest: &Digest) -> Result<(File, u64), BlobsError> {
        match File::open(self.path(digest)).and_then(|file| Ok((file.metadata()?.len(), file))) {
            Ok((size_bytes, file)) => Ok((file, size_bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(BlobsError::NotFound { digest: *digest })
            }
            Err(error) => Err(BackendError::unavailable(error).into()),
        }
    }

    pub(super) fn open_verified(&self, digest: &Digest) -> Result<File, BlobsError> {
        let (mut file, _) = self.open(digest)?;
        let found = hash(&mut file).map_err(BackendError::unavailable)?;
        if found != *digest {
            return Err(BlobsError::Corrupt { digest: *digest, found });
        }
        Ok(file)
    }

    pub(super) fn info(&self, digest: &Digest) -> io::Result<Option<BlobInfo>> {
        match fs::metadata(self.path(digest)) {
            Ok(metadata) => Ok(Some(BlobInfo {
                digest: *digest,
                size_bytes: metadata.len(),
                stored_ms: to_ms(metadata.modified()?),
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn delete(&self, digest: &Digest) -> io::Result<bool> {
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Ok(()) => sync_parent(&path).map(|()| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn list(&self) -> io::Result<Vec<BlobInfo>> {
        let mut blobs = Vec::new();
        for byte in 0..=u8::MAX {
            for entry in fs::read_dir(self.root.join(hex::encode([byte])))? {
                let name = entry?.file_name();
                // A blob may be removed while the list is being made.
                if let Some(digest) = name.to_str().and_then(|name| name.parse().ok())
                    && let Some(info) = self.info(&digest)?
                {
                    blobs.push(info);
                }
            }
        }
        blobs.sort_by_key(|info| info.digest);
        Ok(blobs)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.root.join(&name[..2]).join(name)
    }
}

// === impl Upload ===

impl Upload {
    pub(super) fn write(mut self, chunk: &[u8]) -> io::Result<Self> {
        self.hash.update(chunk);
        self.file.write_all(chunk)?;
        Ok(self)
    }
}

/// Reads up to `limit_bytes` at an offset; the answer is shorter only at the end of the file.
pub(super) fn read_chunk(file: &File, offset: u64, limit_bytes: usize) -> io::Result<Bytes> {
    let mut chunk = vec![0; limit_bytes];
    let mut filled = 0;
    while filled < limit_bytes {
        match file.read_at(&mut chunk[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    chunk.truncate(filled);
    Ok(chunk.into())
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_dir)
}

fn hash(file: &mut File) -> io::Result<Digest> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; HASH_BUFFER_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    file.rewind()?;
    Ok(Digest::from_bytes(hash.finalize().into()))
}

fn to_system_time(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn to_ms(time: SystemTime) -> i64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
