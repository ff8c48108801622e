//! Blobs in a map.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use parking_lot::Mutex;

use crate::blobs::resolve_range;
use crate::{Blob, BlobInfo, Blobs, BlobsError, Clock, Content, Digest, OpenBlob};

#[derive(Debug)]
pub(super) struct MemoryBlobs {
    clock: Arc<dyn Clock>,
    blobs: Mutex<BTreeMap<Digest, Stored>>,
}

#[derive(Clone, Debug)]
struct Stored {
    content: Bytes,
    stored_ms: i64,
}

impl MemoryBlobs {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, blobs: Mutex::default() }
    }

    fn find(&self, digest: &Digest) -> Result<Stored, BlobsError> {
        let not_found = || BlobsError::NotFound { digest: *digest };
        self.blobs.lock().get(digest).cloned().ok_or_else(not_found)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, mut content: Content) -> Result<Digest, BlobsError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = content.next().await {
            whole.extend_from_slice(&chunk.map_err(BlobsError::Content)?);
        }
        let digest = Digest::of(&whole);
        let stored = Stored { content: whole.freeze(), stored_ms: self.clock.now_ms() };
        self.blobs.lock().insert(digest, stored);
        Ok(digest)
    }

    async fn get(&self, digest: &Digest, range: Option<Range<u64>>) -> Result<Blob, BlobsError> {
        let content = self.find(digest)?.content;
        let size_bytes = content.len() as u64;
        let range = resolve_range(range, size_bytes)?;
        let in_memory = |at| usize::try_from(at).expect("within content that is in memory");
        let part = content.slice(in_memory(range.start)..in_memory(range.end));
        Ok(Blob { size_bytes, content: stream::iter([Ok(part)]).boxed() })
    }

    async fn open(&self, digest: &Digest) -> Result<OpenBlob, BlobsError> {
        Ok(Box::new(Cursor::new(self.find(digest)?.content)))
    }

    async fn info(&self, digest: &Digest) -> Result<Option<BlobInfo>, BlobsError> {
        Ok(self.blobs.lock().get(digest).map(|stored| stored.info(*digest)))
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, BlobsError> {
        Ok(self.blobs.lock().remove(digest).is_some())
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobsError> {
        Ok(self.blobs.lock().iter().map(|(digest, stored)| stored.info(*digest)).collect())
    }
}

impl Stored {
    fn info(&self, digest: Digest) -> BlobInfo {
        BlobInfo { digest, size_bytes: self.content.len() as u64, stored_ms: self.stored_ms }
    }
}
