//! A store that fails on purpose.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use store::{
    Blob, BlobInfo, Blobs, BlobsError, Content, Depth, Digest, Enqueued, Entry, Expect, GroupName,
    Journal, JournalError, Key, Leased, NewEntry, NewMessage, OpenBlob, Queue, QueueError,
    QueueName, Read, Receipt, Record, Records, RecordsError, Revision, Scan, ScannedEntry,
    Sequence, Signal, Stores, StreamInfo, StreamName, Watch,
};

use crate::Faults;

/// A port that fails as planned.
#[derive(Debug)]
struct Faulty<P: ?Sized> {
    faults: Arc<Faults>,
    inner: Arc<P>,
}

/// Wraps a store so that its calls fail as `faults` says; watches, signals and streams that were
/// handed out do not fail.
pub fn faulty(stores: &Stores, faults: &Arc<Faults>) -> Stores {
    Stores {
        records: Arc::new(Faulty::new(&stores.records, faults)),
        queue: Arc::new(Faulty::new(&stores.queue, faults)),
        blobs: Arc::new(Faulty::new(&stores.blobs, faults)),
        journal: Arc::new(Faulty::new(&stores.journal, faults)),
    }
}

impl<P: ?Sized> Faulty<P> {
    fn new(inner: &Arc<P>, faults: &Arc<Faults>) -> Self {
        Self { inner: Arc::clone(inner), faults: Arc::clone(faults) }
    }
}

#[async_trait]
impl Records for Faulty<dyn Records> {
    async fn get(&self, key: &Key) -> Result<Option<Record>, RecordsError> {
        self.faults.around(self.inner.get(key)).await
    }

    async fn put(&self, key: &Key, value: Bytes, expect: Expect) -> Result<Revision, RecordsError> {
        self.faults.around(self.inner.put(key, value, expect)).await
    }

    async fn delete(&self, key: &Key, expect: Expect) -> Result<Option<Revision>, RecordsError> {
        self.faults.around(self.inner.delete(key, expect)).await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Record>, RecordsError> {
        self.faults.around(self.inner.scan(prefix)).await
    }

    async fn scan_page(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Record>, RecordsError> {
        self.faults.around(self.inner.scan_page(prefix, after, limit)).await
    }

    async fn watch(&self, prefix: &str) -> Result<Watch, RecordsError> {
        self.faults.around(self.inner.watch(prefix)).await
    }
}

#[async_trait]
impl Queue for Faulty<dyn Queue> {
    async fn enqueue(
        &self,
        queue: &QueueName,
        message: NewMessage,
    ) -> Result<Enqueued, QueueError> {
        self.faults.around(self.inner.enqueue(queue, message)).await
    }

    async fn lease(
        &self,
        queue: &QueueName,
        batch: usize,
        visibility: Duration,
    ) -> Result<Vec<Leased>, QueueError> {
        self.faults.around(self.inner.lease(queue, batch, visibility)).await
    }

    async fn ack(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        self.faults.around(self.inner.ack(queue, receipt)).await
    }

    async fn nack(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        delay: Duration,
    ) -> Result<(), QueueError> {
        self.faults.around(self.inner.nack(queue, receipt, delay)).await
    }

    async fn extend(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        visibility: Duration,
    ) -> Result<(), QueueError> {
        self.faults.around(self.inner.extend(queue, receipt, visibility)).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, QueueError> {
        self.faults.around(self.inner.depth(queue)).await
    }

    async fn oldest_age(&self, queue: &QueueName) -> Result<Option<Duration>, QueueError> {
        self.faults.around(self.inner.oldest_age(queue)).await
    }

    async fn purge(&self, queue: &QueueName) -> Result<u64, QueueError> {
        self.faults.around(self.inner.purge(queue)).await
    }

    async fn queues(&self, prefix: &str) -> Result<Vec<QueueName>, QueueError> {
        self.faults.around(self.inner.queues(prefix)).await
    }

    async fn arrivals(&self, queue: &QueueName) -> Result<Signal, QueueError> {
        self.faults.around(self.inner.arrivals(queue)).await
    }
}

#[async_trait]
impl Blobs for Faulty<dyn Blobs> {
    async fn put(&self, content: Content) -> Result<Digest, BlobsError> {
        self.faults.around(self.inner.put(content)).await
    }

    async fn get(&self, digest: &Digest, range: Option<Range<u64>>) -> Result<Blob, BlobsError> {
        self.faults.around(self.inner.get(digest, range)).await
    }

    async fn open(&self, digest: &Digest) -> Result<OpenBlob, BlobsError> {
        self.faults.around(self.inner.open(digest)).await
    }

    async fn info(&self, digest: &Digest) -> Result<Option<BlobInfo>, BlobsError> {
        self.faults.around(self.inner.info(digest)).await
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, BlobsError> {
        self.faults.around(self.inner.delete(digest)).await
    }

    async fn list(&self) -> Result<Vec<BlobInfo>, BlobsError> {
        self.faults.around(self.inner.list()).await
    }
}

#[async_trait]
impl Journal for Faulty<dyn Journal> {
    async fn append(
        &self,
        stream: &StreamName,
        entries: Vec<NewEntry>,
    ) -> Result<Vec<Sequence>, JournalError> {
        self.faults.around(self.inner.append(stream, entries)).await
    }

    async fn read(&self, stream: &StreamName, read: Read) -> Result<Vec<Entry>, JournalError> {
        self.faults.around(self.inner.read(stream, read)).await
    }

    async fn scan(&self, group: &GroupName, scan: Scan) -> Result<Vec<ScannedEntry>, JournalError> {
        self.faults.around(self.inner.scan(group, scan)).await
    }

    async fn stream(&self, stream: &StreamName) -> Result<Option<StreamInfo>, JournalError> {
        self.faults.around(self.inner.stream(stream)).await
    }

    async fn streams(
        &self,
        group: &GroupName,
        prefix: &str,
    ) -> Result<Vec<StreamInfo>, JournalError> {
        self.faults.around(self.inner.streams(group, prefix)).await
    }

    async fn groups(&self, prefix: &str) -> Result<Vec<GroupName>, JournalError> {
        self.faults.around(self.inner.groups(prefix)).await
    }

    async fn truncate(&self, group: &GroupName, before_ms: i64) -> Result<u64, JournalError> {
        self.faults.around(self.inner.truncate(group, before_ms)).await
    }

    async fn delete_stream(&self, stream: &StreamName) -> Result<bool, JournalError> {
        self.faults.around(self.inner.delete_stream(stream)).await
    }

    async fn delete_group(&self, group: &GroupName) -> Result<u64, JournalError> {
        self.faults.around(self.inner.delete_group(group)).await
    }

    async fn tail(&self, group: &GroupName) -> Result<Signal, JournalError> {
        self.faults.around(self.inner.tail(group)).await
    }
}
