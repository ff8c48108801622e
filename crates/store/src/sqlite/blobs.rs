//! Blobs in files, a chunk at a time.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sha2::{Digest as _, Sha256};

use super::Inner;
use super::files::{Folder, read_chunk};
use crate::blobs::resolve_range;
use crate::{BackendError, Blob, BlobInfo, Blobs, BlobsError, Chunks, Content, Digest};

/// How much of a blob is read at once.
const CHUNK_BYTES: u64 = 256 * 1024;

#[derive(Debug)]
pub(super) struct SqliteBlobs(pub(super) Arc<Inner>);

/// A blob being read.
struct Download {
    inner: Arc<Inner>,
    file: Arc<File>,
    remaining: Range<u64>,
    /// What to check once everything is read, unless only a part is.
    check: Option<(Sha256, Digest)>,
}

#[async_trait]
impl Blobs for SqliteBlobs {
    async fn put(&self, mut content: Content) -> Result<Digest, BlobsError> {
        let mut upload = self.run(Folder::begin).await?;
        while let Some(chunk) = content.next().await {
            let chunk = chunk.map_err(BlobsError::Content)?;
            upload = self.run(move |_| upload.write(&chunk)).await?;
        }
        let stored_ms = self.0.clock.now_ms();
        Ok(self.run(move |folder| folder.finish(upload, stored_ms)).await?)
    }

    async fn put_bytes(&self, content: Bytes) -> Result<Digest, BlobsError> {
        let stored_ms = self.0.clock.now_ms();
        let put = move |folder: &Folder| folder.finish(folder.begin()?.write(&content)?, stored_ms);
        Ok(self.run(put).await?)
    }

    async fn get(&self, digest: &Digest, range: Option<Range<u64>>) -> Result<Blob, BlobsError> {
        let digest = *digest;
        let (file, size_bytes) = self.0.files.run(move |folder| folder.open(&digest)).await??;
        let check = range.is_none().then(|| (Sha256::new(), digest));
        let remaining = resolve_range(range, size_bytes)?;
        let inner = Arc::clone(&self.0);
        let download = Download { inner, file: Arc::new(file), remaining, check };
        Ok(Blob { size_bytes, content: download.into_chunks() })
    }

    async fn open(&self, digest: &Digest) -> Result<File, BlobsError> {
        let digest = *digest;
        self.0.files.run(move |folder| folder.open_verified(&digest)).await?
    }

    async fn info(&self, digest: &Digest) -> Result<Option<BlobInfo>, BlobsError> {
        let digest = *digest;
        Ok(self.run(move |folder| folder.info(&digest)).await?)
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, BlobsError> {
        let digest = *digest;
        Ok(self.run(move |folder| folder.delete(&digest)).await?)
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobsError> {
        Ok(self.run(Folder::list).await?)
    }
}

// === impl SqliteBlobs ===

impl SqliteBlobs {
    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, BackendError> {
        self.0.files.run(act).await?.map_err(BackendError::unavailable)
    }
}

// === impl Download ===

impl Download {
    fn into_chunks(self) -> Chunks {
        stream::unfold(Some(self), |download| async {
            let mut download = download?;
            match download.next().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(download))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BlobsError> {
        let Range { start, end } = self.remaining;
        if start == end {
            return self.verify().map(|()| None);
        }
        let length = CHUNK_BYTES.min(end - start);
        let limit_bytes = usize::try_from(length).expect("a chunk fits into memory");
        let file = Arc::clone(&self.file);
        let read = self.inner.files.run(move |_| read_chunk(&file, start, limit_bytes)).await?;
        let chunk = read.map_err(BackendError::unavailable)?;
        if chunk.is_empty() {
            return Err(BackendError::failed("the blob became shorter while it was read").into());
        }
        if let Some((hash, _)) = &mut self.check {
            hash.update(&chunk);
        }
        self.remaining.start += chunk.len() as u64;
        Ok(Some(chunk))
    }

    fn verify(&mut self) -> Result<(), BlobsError> {
        let Some((hash, digest)) = self.check.take() else { return Ok(()) };
        let found = Digest::from_bytes(hash.finalize().into());
        if found == digest { Ok(()) } else { Err(BlobsError::Corrupt { digest, found }) }
    }
}
