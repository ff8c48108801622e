//! Deployment packages: the archive in the store, its unpacked form in a cache.

use std::{
    collections::HashSet,
    io::{Read, Seek},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures_util::StreamExt;
use model::{
    code_signing::{Signature, Signing},
    timestamp::Timestamp,
};
use sandbox::{CodeCache, PackageError, PackageLimits};
use signing::{ArchiveError, Roots};
use store::{BlobInfo, Blobs, BlobsError, Content, Digest, DigestError};

/// Keeps packages and unpacks them where environments can see them.
#[derive(Clone, Debug)]
pub struct CodeStore {
    blobs: Arc<dyn Blobs>,
    cache: Arc<CodeCache>,
    limits: PackageLimits,
    roots: Arc<Roots>,
}

/// What is known of a package that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    /// The digest of the archive, under which it is stored.
    pub digest: Digest,
    /// Bytes of what is in it.
    pub unzipped_bytes: u64,
    /// Its signature, if it has one.
    pub signing: Option<Signing>,
}

/// Says why a package cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The package itself is to blame.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The store failed.
    #[error("the archive cannot be stored or read")]
    Blobs(#[from] BlobsError),
    /// What was recorded as a digest is none.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// The archive is longer than anyone wants to read.
    #[error("the archive is longer than {limit_bytes} bytes")]
    TooLong {
        /// How long it may be.
        limit_bytes: u64,
    },
    /// The server is shutting down.
    #[error("the work was cancelled")]
    Cancelled,
}

// === impl CodeStore ===

impl CodeStore {
    /// Keeps archives in `blobs` and unpacked packages in `cache`.
    pub fn new(blobs: Arc<dyn Blobs>, cache: CodeCache, limits: PackageLimits) -> Self {
        Self { blobs, cache: Arc::new(cache), limits, roots: Arc::default() }
    }

    /// Trusts these certificates to have signed those of signers.
    #[must_use]
    pub fn with_roots(self, roots: Arc<Roots>) -> Self {
        Self { roots, ..self }
    }

    /// Checks an archive without keeping it, and tells about it.
    pub async fn check(&self, archive: Bytes) -> Result<StoredCode, CodeError> {
        let limits = self.limits;
        let roots = Arc::clone(&self.roots);
        let checked = move || {
            let summary = sandbox::inspect(std::io::Cursor::new(&archive), limits)?;
            let digest = Digest::of(&archive);
            let signing = signature(std::io::Cursor::new(&archive), limits, &roots)?;
            Ok(StoredCode { digest, unzipped_bytes: summary.unzipped_bytes, signing })
        };
        tokio::task::spawn_blocking(checked).await.map_err(|_| CodeError::Cancelled)?
    }

    /// Stores an archive and unpacks it; returns when both are done.
    ///
    /// A package that cannot be unpacked stays until whoever removes unused blobs finds it: others may
    /// have stored these very bytes.
    pub async fn add(&self, archive: Bytes) -> Result<StoredCode, CodeError> {
        let checked = self.check(archive.clone()).await?;
        let digest = self.blobs.put_bytes(archive).await?;
        self.unpacked(&digest.to_string()).await?;
        Ok(checked)
    }

    /// Stores an archive while it comes, without a look into it; gives its digest and its length, which
    /// may not be more than `limit_bytes`.
    pub async fn receive(
        &self,
        content: Content,
        limit_bytes: u64,
    ) -> Result<(Digest, u64), CodeError> {
        let size_bytes = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&size_bytes);
        let bounded = content.map(move |chunk| {
            let chunk = chunk?;
            let length = chunk.len() as u64;
            let so_far = counted.fetch_add(length, Ordering::Relaxed) + length;
            if so_far > limit_bytes {
                Err(std::io::ErrorKind::FileTooLarge.into())
            } else {
                Ok(chunk)
            }
        });
        let stored = self.blobs.put(bounded.boxed()).await;
        let size_bytes = size_bytes.load(Ordering::Relaxed);
        match stored {
            Ok(digest) => Ok((digest, size_bytes)),
            Err(BlobsError::Content(_)) if size_bytes > limit_bytes => {
                Err(CodeError::TooLong { limit_bytes })
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Checks an archive that has been received.
    pub async fn check_stored(&self, digest: Digest) -> Result<StoredCode, CodeError> {
        let mut archive = self.blobs.open(&digest).await?;
        let limits = self.limits;
        let roots = Arc::clone(&self.roots);
        let checked = move || {
            let summary = sandbox::inspect(&mut archive, limits)?;
            let signing = signature(archive, limits, &roots)?;
            Ok(StoredCode { digest, unzipped_bytes: summary.unzipped_bytes, signing })
        };
        tokio::task::spawn_blocking(checked).await.map_err(|_| CodeError::Cancelled)?
    }

    /// Checks and unpacks an archive that has been received.
    pub async fn add_stored(&self, digest: Digest) -> Result<StoredCode, CodeError> {
        let checked = self.check_stored(digest).await?;
        self.unpacked(&digest.to_string()).await?;
        // It may have been unpacked before, and its archive removed since it was received.
        if !self.blobs.exists(&digest).await? {
            return Err(BlobsError::NotFound { digest }.into());
        }
        Ok(checked)
    }

    /// Gives the directory of a stored package, unpacking it if it is not there.
    pub async fn unpacked(&self, digest: &str) -> Result<PathBuf, CodeError> {
        if let Some(place) = self.cache.find(digest) {
            return Ok(place);
        }
        let archive = self.blobs.open(&digest.parse()?).await?;
        let (cache, limits, digest) = (Arc::clone(&self.cache), self.limits, digest.to_owned());
        let unpack = move || cache.unpack(&digest, archive, limits);
        let place = tokio::task::spawn_blocking(unpack).await.map_err(|_| CodeError::Cancelled)?;
        Ok(place?)
    }

    /// Lists the stored archives.
    pub async fn list(&self) -> Result<Vec<BlobInfo>, CodeError> {
        Ok(self.blobs.list().await?)
    }

    /// Tells whether a package is unpacked now.
    pub fn is_unpacked(&self, digest: &Digest) -> bool {
        self.cache.find(&digest.to_string()).is_some()
    }

    /// Removes the unpacked form of packages, which comes back when it is needed.
    pub async fn pack(&self, unused: HashSet<Digest>) -> Result<(), CodeError> {
        let cache = Arc::clone(&self.cache);
        let names: HashSet<String> = unused.iter().map(Digest::to_string).collect();
        let evict = move || cache.retain(|digest| !names.contains(digest));
        let evicted = tokio::task::spawn_blocking(evict).await.map_err(|_| CodeError::Cancelled)?;
        Ok(evicted.map_err(PackageError::Io)?)
    }

    /// Removes packages, unpacked form first: a crash then leaves archives, which are listed again.
    pub async fn remove(&self, unused: HashSet<Digest>) -> Result<(), CodeError> {
        self.pack(unused.clone()).await?;
        for digest in &unused {
            self.blobs.delete(digest).await?;
        }
        Ok(())
    }

    /// Reads a stored archive.
    pub async fn archive(&self, digest: &str) -> Result<store::Blob, CodeError> {
        Ok(self.blobs.get(&digest.parse()?, None).await?)
    }
}

/// Reads the signature of an archive; one without a signature is not unpacked for that.
fn signature(
    archive: impl Read + Seek,
    limits: PackageLimits,
    roots: &Roots,
) -> Result<Option<Signing>, PackageError> {
    let found =
        signing::read(archive, limits.unzipped_bytes, roots).map_err(|error| match error {
            ArchiveError::TooLarge { limit_bytes } => PackageError::TooLarge { limit_bytes },
            ArchiveError::Io(error) => PackageError::Io(error),
            error => PackageError::Unreadable(error.to_string()),
        })?;
    Ok(found.map(|outcome| match outcome {
        Err(fault) => Signing::Broken(fault.to_string()),
        Ok(valid) => Signing::Valid(Signature {
            profile_version: valid.profile_version,
            job: valid.job,
            signed: Timestamp::from_epoch_ms(valid.signed_ms),
            expires: Timestamp::from_epoch_ms(valid.expires_ms),
            signer: valid.signer,
            root: valid.root,
        }),
    }))
}
