//! Blobs in files, a chunk at a time.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use vault::{SealedFile, SealedReader};

use super::Inner;
use super::files::{Folder, damaged};
use crate::blobs::resolve_range;
use crate::{Blob, BlobInfo, Blobs, BlobsError, Chunks, Content, Digest, OpenBlob};

/// How much of a blob is read at once; a few sealed chunks.
const CHUNK_BYTES: u64 = 256 * 1024;

#[derive(Debug)]
pub(super) struct SqliteBlobs(pub(super) Arc<Inner>);

/// A blob being read.
struct Download {
    inner: Arc<Inner>,
    file: Arc<SealedFile>,
    digest: Digest,
    remaining: Range<u64>,
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
        self.run(move |folder| folder.finish(upload, stored_ms)).await
    }

    async fn put_bytes(&self, content: Bytes) -> Result<Digest, BlobsError> {
        let stored_ms = self.0.clock.now_ms();
        let put = move |folder: &Folder| folder.finish(folder.begin()?.write(&content)?, stored_ms);
        self.run(put).await
    }

    async fn get(&self, digest: &Digest, range: Option<Range<u64>>) -> Result<Blob, BlobsError> {
        let digest = *digest;
        let file = self.run(move |folder| folder.open(&digest)).await?;
        let size_bytes = file.info().size_bytes;
        let remaining = resolve_range(range, size_bytes)?;
        let inner = Arc::clone(&self.0);
        let download = Download { inner, file: Arc::new(file), digest, remaining };
        Ok(Blob { size_bytes, content: download.into_chunks() })
    }

    async fn open(&self, digest: &Digest) -> Result<OpenBlob, BlobsError> {
        let digest = *digest;
        let file = self.run(move |folder| folder.open(&digest)).await?;
        Ok(Box::new(SealedReader::new(file)))
    }

    async fn info(&self, digest: &Digest) -> Result<Option<BlobInfo>, BlobsError> {
        let digest = *digest;
        self.run(move |folder| folder.info(&digest)).await
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, BlobsError> {
        let digest = *digest;
        self.run(move |folder| folder.delete(&digest)).await
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobsError> {
        self.run(Folder::list).await
    }
}

// === impl SqliteBlobs ===

impl SqliteBlobs {
    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Folder) -> Result<T, BlobsError> + Send + 'static,
    ) -> Result<T, BlobsError> {
        self.0.files.run(act).await?
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
            return Ok(None);
        }
        // Ends where a sealed chunk ends, so that none is opened twice.
        let stop = end.min((start / CHUNK_BYTES + 1) * CHUNK_BYTES);
        let file = Arc::clone(&self.file);
        let read = self.inner.files.run(move |_| file.read(start..stop)).await?;
        let chunk = read.map_err(|error| damaged(&self.digest, error))?;
        self.remaining.start = stop;
        Ok(Some(chunk.into()))
    }
}
