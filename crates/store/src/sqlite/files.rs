//! Blob files on disk: how they come, are read and go.
//!
//! A blob is a file named by its digest, in one of 256 folders named by the digest's first byte.
//! It is written under another name, synced, and renamed, so a file under its name is complete.
//! Files are sealed. The name is that of the content, which its records and the API show as well.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use vault::{Draft, FileError, KeyError, KeyService, SealedFile};

use crate::workers::Workers;
use crate::{BackendError, BlobInfo, BlobsError, Digest};

const UPLOADS_FOLDER: &str = "uploads";

/// What tells sealed files from those of earlier releases, which have the bare digest as their name.
const SEALED_SUFFIX: &str = ".sealed";

const COPY_BUFFER_BYTES: usize = 256 * 1024;

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
    keys: Arc<dyn KeyService>,
}

/// A blob being written; removed when dropped before it is finished.
#[derive(Debug)]
pub(super) struct Upload {
    file: NamedTempFile,
    draft: Draft,
    hash: Sha256,
}

// === impl BlobFiles ===

impl BlobFiles {
    /// Opens the folder, creating it if needed and removing what interrupted uploads left.
    pub(super) fn open(root: &Path, threads: usize, keys: Arc<dyn KeyService>) -> io::Result<Self> {
        let folder = Folder { root: root.into(), keys };
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

    pub(super) fn begin(&self) -> Result<Upload, BlobsError> {
        let file = NamedTempFile::new_in(self.root.join(UPLOADS_FOLDER));
        let mut file = file.map_err(BackendError::unavailable)?;
        let draft = Draft::begin(self.keys.as_ref(), file.as_file_mut()).map_err(unwritten)?;
        Ok(Upload { file, draft, hash: Sha256::new() })
    }

    pub(super) fn finish(&self, upload: Upload, stored_ms: i64) -> Result<Digest, BlobsError> {
        let Upload { mut file, draft, hash } = upload;
        let digest = Digest::from_bytes(hash.finalize().into());
        draft.finish(file.as_file_mut(), *digest.as_bytes()).map_err(unwritten)?;
        let path = self.path(&digest);
        let keep = || -> io::Result<()> {
            file.as_file().set_modified(to_system_time(stored_ms))?;
            file.as_file().sync_all()?;
            // Also when the blob is already there: a removal under way must not win over this put.
            file.persist(&path)?;
            sync_parent(&path)
        };
        keep().map_err(BackendError::unavailable)?;
        Ok(digest)
    }

    pub(super) fn open(&self, digest: &Digest) -> Result<SealedFile, BlobsError> {
        let file = match File::open(self.path(digest)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(BlobsError::NotFound { digest: *digest });
            }
            Err(error) => return Err(BackendError::unavailable(error).into()),
        };
        let file = SealedFile::open(self.keys.as_ref(), file);
        let file = file.map_err(|error| damaged(digest, error))?;
        let found = Digest::from_bytes(file.info().digest);
        if found != *digest {
            let why = format!("it is blob {found}");
            return Err(BlobsError::Corrupt { digest: *digest, why });
        }
        Ok(file)
    }

    pub(super) fn info(&self, digest: &Digest) -> Result<Option<BlobInfo>, BlobsError> {
        let metadata = match fs::metadata(self.path(digest)) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BackendError::unavailable(error).into()),
        };
        let stored_ms = to_ms(metadata.modified().map_err(BackendError::unavailable)?);
        let size_bytes = match self.open(digest) {
            Ok(file) => file.info().size_bytes,
            Err(BlobsError::NotFound { .. }) => return Ok(None),
            // Whoever removes what nothing uses has to find it, damaged or not.
            Err(BlobsError::Corrupt { .. }) => metadata.len(),
            Err(error) => return Err(error),
        };
        Ok(Some(BlobInfo { digest: *digest, size_bytes, stored_ms }))
    }

    pub(super) fn delete(&self, digest: &Digest) -> Result<bool, BlobsError> {
        let path = self.path(digest);
        match fs::remove_file(&path).and_then(|()| sync_parent(&path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(BackendError::unavailable(error).into()),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<BlobInfo>, BlobsError> {
        let mut blobs = Vec::new();
        for name in self.names().map_err(BackendError::unavailable)? {
            // A blob may be removed while the list is being made.
            if let Some(digest) = name.strip_suffix(SEALED_SUFFIX)
                && let Ok(digest) = digest.parse()
                && let Some(info) = self.info(&digest)?
            {
                blobs.push(info);
            }
        }
        blobs.sort_by_key(|info| info.digest);
        Ok(blobs)
    }

    /// Seals the blobs of earlier releases and returns how many there were. One that is not what its
    /// name says stays as it is.
    pub(super) fn seal_plain(&self) -> Result<usize, BlobsError> {
        let mut sealed = 0;
        for name in self.names().map_err(BackendError::unavailable)? {
            let Ok(digest) = name.parse::<Digest>() else { continue };
            let plain = self.root.join(&name[..2]).join(&name);
            let seal = || -> Result<bool, BlobsError> {
                let mut file = File::open(&plain).map_err(BackendError::unavailable)?;
                let modified = file.metadata().and_then(|metadata| metadata.modified());
                let stored_ms = to_ms(modified.map_err(BackendError::unavailable)?);
                let upload = self.begin()?.copy(&mut file)?;
                if upload.digest() != digest {
                    return Ok(false);
                }
                self.finish(upload, stored_ms)?;
                Ok(true)
            };
            if seal()? {
                let removed = fs::remove_file(&plain).and_then(|()| sync_parent(&plain));
                removed.map_err(BackendError::unavailable)?;
                sealed += 1;
            } else {
                tracing::warn!(blob = %digest, "a damaged blob of an earlier release is not sealed");
            }
        }
        Ok(sealed)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for byte in 0..=u8::MAX {
            for entry in fs::read_dir(self.root.join(hex::encode([byte])))? {
                names.extend(entry?.file_name().into_string());
            }
        }
        Ok(names)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.root.join(&name[..2]).join(format!("{name}{SEALED_SUFFIX}"))
    }
}

// === impl Upload ===

impl Upload {
    pub(super) fn write(mut self, chunk: &[u8]) -> Result<Self, BlobsError> {
        self.hash.update(chunk);
        self.draft.write(self.file.as_file_mut(), chunk).map_err(unwritten)?;
        Ok(self)
    }

    fn copy(mut self, content: &mut File) -> Result<Self, BlobsError> {
        let mut buffer = vec![0; COPY_BUFFER_BYTES];
        loop {
            match content.read(&mut buffer).map_err(BackendError::unavailable)? {
                0 => return Ok(self),
                read => self = self.write(&buffer[..read])?,
            }
        }
    }

    fn digest(&self) -> Digest {
        Digest::from_bytes(self.hash.clone().finalize().into())
    }
}

/// Says why a stored blob cannot be read.
pub(super) fn damaged(digest: &Digest, error: FileError) -> BlobsError {
    match error {
        FileError::Io(error) => BackendError::unavailable(error).into(),
        FileError::Key(KeyError::Unavailable(_)) => BackendError::unavailable(error).into(),
        FileError::Damaged(_) | FileError::Key(_) => {
            BlobsError::Corrupt { digest: *digest, why: error.to_string() }
        }
    }
}

fn unwritten(error: FileError) -> BackendError {
    BackendError::unavailable(error)
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_dir)
}

fn to_system_time(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn to_ms(time: SystemTime) -> i64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
