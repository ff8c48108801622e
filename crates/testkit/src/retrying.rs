//! A store that repeats calls that failed but may succeed.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use store::{
    Blob, BlobInfo, Blobs, BlobsError, Content, Depth, Digest, Enqueued, Entry, Expect, GroupName,
    Journal, JournalError, Key, Leased, NewEntry, NewMessage, OpenBlob, Queue, QueueError,
    QueueName, Read, Receipt, Record, Records, RecordsError, Revision, Scan, ScannedEntry,
    Sequence, Signal, Stores, StreamInfo, StreamName, Watch,
};

/// A port that repeats calls that failed but may succeed.
#[derive(Debug)]
struct Retrying<P: ?Sized> {
    attempts: u32,
    inner: Arc<P>,
}

/// Wraps a store so that each call is made up to `attempts` times, without delay.
pub fn retrying(stores: &Stores, attempts: u32) -> Stores {
    Stores {
        records: Arc::new(Retrying { attempts, inner: Arc::clone(&stores.records) }),
        queue: Arc::new(Retrying { attempts, inner: Arc::clone(&stores.queue) }),
        blobs: Arc::new(Retrying { attempts, inner: Arc::clone(&stores.blobs) }),
        journal: Arc::new(Retrying { attempts, inner: Arc::clone(&stores.journal) }),
    }
}

impl<P: ?Sized> Retrying<P> {
    async fn retry<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        retryable: fn(&E) -> bool,
        mut call: impl FnMut() -> F,
    ) -> Result<T, E> {
        for _ in 1..self.attempts {
            match call().await {
                Err(error) if retryable(&error) => {}
                outcome => return outcome,
            }
        }
        call().await
    }
}

/// A stream can be read only once, so it is read before the first attempt.
async fn collect(mut content: Content) -> Result<Bytes, BlobsError> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = content.next().await {
        whole.extend_from_slice(&chunk.map_err(BlobsError::Content)?);
    }
    Ok(whole.freeze())
}

#[async_trait]
impl Records for Retrying<dyn Records> {
    async fn get(&self, key: &Key) -> Result<Option<Record>, RecordsError> {
        self.retry(RecordsError::retryable, || self.inner.get(key)).await
    }

    async fn put(&self, key: &Key, value: Bytes, expect: Expect) -> Result<Revision, RecordsError> {
        self.retry(RecordsError::retryable, || self.inner.put(key, value.clone(), expect)).await
    }

    async fn delete(&self, key: &Key, expect: Expect) -> Result<Option<Revision>, RecordsError> {
        self.retry(RecordsError::retryable, || self.inner.delete(key, expect)).await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Record>, RecordsError> {
        self.retry(RecordsError::retryable, || self.inner.scan(prefix)).await
    }

    async fn scan_page(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Record>, RecordsError> {
        self.retry(RecordsError::retryable, || self.inner.scan_page(prefix, after, limit)).await
    }

    async fn watch(&self, prefix: &str) -> Result<Watch, RecordsError> {
        self.retry(RecordsError::retryable, || self.inner.watch(prefix)).await
    }
}

#[async_trait]
impl Queue for Retrying<dyn Queue> {
    async fn enqueue(
        &self,
        queue: &QueueName,
        message: NewMessage,
    ) -> Result<Enqueued, QueueError> {
        self.retry(QueueError::retryable, || self.inner.enqueue(queue, message.clone())).await
    }

    async fn lease(
        &self,
        queue: &QueueName,
        batch: usize,
        visibility: Duration,
    ) -> Result<Vec<Leased>, QueueError> {
        self.retry(QueueError::retryable, || self.inner.lease(queue, batch, visibility)).await
    }

    async fn ack(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        self.retry(QueueError::retryable, || self.inner.ack(queue, receipt)).await
    }

    async fn nack(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        delay: Duration,
    ) -> Result<(), QueueError> {
        self.retry(QueueError::retryable, || self.inner.nack(queue, receipt, delay)).await
    }

    async fn extend(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        visibility: Duration,
    ) -> Result<(), QueueError> {
        self.retry(QueueError::retryable, || self.inner.extend(queue, receipt, visibility)).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, QueueError> {
        self.retry(QueueError::retryable, || self.inner.depth(queue)).await
    }

    async fn oldest_age(&self, queue: &QueueName) -> Result<Option<Duration>, QueueError> {
        self.retry(QueueError::retryable, || self.inner.oldest_age(queue)).await
    }

    async fn purge(&self, queue: &QueueName) -> Result<u64, QueueError> {
        self.retry(QueueError::retryable, || self.inner.purge(queue)).await
    }

    async fn queues(&self, prefix: &str) -> Result<Vec<QueueName>, QueueError> {
        self.retry(QueueError::retryable, || self.inner.queues(prefix)).await
    }

    async fn arrivals(&self, queue: &QueueName) -> Result<Signal, QueueError> {
        self.retry(QueueError::retryable, || self.inner.arrivals(queue)).await
    }
}

#[async_trait]
impl Blobs for Retrying<dyn Blobs> {
    async fn put(&self, content: Content) -> Result<Digest, BlobsError> {
        let content = collect(content).await?;
        self.retry(BlobsError::retryable, || self.inner.put_bytes(content.clone())).await
    }

    async fn get(&self, digest: &Digest, range: Option<Range<u64>>) -> Result<Blob, BlobsError> {
        self.retry(BlobsError::retryable, || self.inner.get(digest, range.clone())).await
    }

    async fn open(&self, digest: &Digest) -> Result<OpenBlob, BlobsError> {
        self.retry(BlobsError::retryable, || self.inner.open(digest)).await
    }

    async fn info(&self, digest: &Digest) -> Result<Option<BlobInfo>, BlobsError> {
        self.retry(BlobsError::retryable, || self.inner.info(digest)).await
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, BlobsError> {
        self.retry(BlobsError::retryable, || self.inner.delete(digest)).await
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobsError> {
        self.retry(BlobsError::retryable, || self.inner.list()).await
    }
}

#[async_trait]
impl Journal for Retrying<dyn Journal> {
    async fn append(
        &self,
        stream: &StreamName,
        entries: Vec<NewEntry>,
    ) -> Result<Vec<Sequence>, JournalError> {
        self.retry(JournalError::retryable, || self.inner.append(stream, entries.clone())).await
    }

    async fn read(&self, stream: &StreamName, read: Read) -> Result<Vec<Entry>, JournalError> {
        self.retry(JournalError::retryable, || self.inner.read(stream, read.clone())).await
    }

    async fn scan(&self, group: &GroupName, scan: Scan) -> Result<Vec<ScannedEntry>, JournalError> {
        self.retry(JournalError::retryable, || self.inner.scan(group, scan.clone())).await
    }

    async fn stream(&self, stream: &StreamName) -> Result<Option<StreamInfo>, JournalError> {
        self.retry(JournalError::retryable, || self.inner.stream(stream)).await
    }

    async fn streams(
        &self,
        group: &GroupName,
        prefix: &str,
    ) -> Result<Vec<StreamInfo>, JournalError> {
        self.retry(JournalError::retryable, || self.inner.streams(group, prefix)).await
    }

    async fn groups(&self, prefix: &str) -> Result<Vec<GroupName>, JournalError> {
        self.retry(JournalError::retryable, || self.inner.groups(prefix)).await
    }

    async fn truncate(&self, group: &GroupName, before_ms: i64) -> Result<u64, JournalError> {
        self.retry(JournalError::retryable, || self.inner.truncate(group, before_ms)).await
    }

    async fn delete_stream(&self, stream: &StreamName) -> Result<bool, JournalError> {
        self.retry(JournalError::retryable, || self.inner.delete_stream(stream)).await
    }

    async fn delete_group(&self, group: &GroupName) -> Result<u64, JournalError> {
        self.retry(JournalError::retryable, || self.inner.delete_group(group)).await
    }

    async fn tail(&self, group: &GroupName) -> Result<Signal, JournalError> {
        self.retry(JournalError::retryable, || self.inner.tail(group)).await
    }
}
