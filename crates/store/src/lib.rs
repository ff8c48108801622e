//! Durable state behind four narrow ports, with `SQLite` and in-memory backends.
//!
//! An acknowledged write is on disk. The ports are written for the weaker of the backends they are
//! meant for (a replicated log without multi-key transactions), so nothing here offers more than
//! per-key compare-and-set. The crate knows nothing of functions or AWS, starts no asynchronous
//! task, and never reads the wall clock except in [`SystemClock`].
//!
//! Start at the ports: [`Records`], [`Queue`], [`Blobs`], [`Journal`]. Then [`Table`], the typed
//! layer over records that everything on the hot path reads from, and the backends [`memory`] and
//! [`sqlite`].

mod backend;
mod blob_use;
mod blobs;
mod clock;
mod journal;
pub mod memory;
mod name;
mod queue;
mod records;
mod retry;
mod signal;
pub mod sqlite;
mod table;
mod workers;

use std::sync::Arc;

pub use backend::BackendError;
pub use blob_use::BlobUse;
pub use blobs::{
    Blob, BlobInfo, Blobs, BlobsError, Chunks, Content, Digest, DigestError, OpenBlob, ReadSeek,
};
pub use clock::{Clock, SystemClock};
pub use journal::{
    Direction, Entry, GroupName, Journal, JournalError, MAX_ENTRY_BYTES, NewEntry, Position, Read,
    ReadFrom, Scan, ScannedEntry, Sequence, StreamInfo, StreamName, Streams,
};
pub use name::NameError;
pub use queue::{
    DEDUPLICATION_WINDOW, Depth, Enqueued, Leased, MAX_PAYLOAD_BYTES, MessageId, NewMessage, Queue,
    QueueError, QueueName, Receipt,
};
pub use records::{
    Expect, Key, MAX_VALUE_BYTES, Record, Records, RecordsError, Revision, Watch, WatchEvent,
    WatchInterrupted,
};
pub use retry::RetryPolicy;
pub use signal::{Signal, Signals};
pub use table::{DecodeError, Migrate, Row, Stored, Table, TableError, View};

/// The four ports of one backend, cheap to clone.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Small values under ordered keys.
    pub records: Arc<dyn Records>,
    /// Messages to be worked off once or more.
    pub queue: Arc<dyn Queue>,
    /// Large immutable content by digest.
    pub blobs: Arc<dyn Blobs>,
    /// Append-only ordered entries.
    pub journal: Arc<dyn Journal>,
}
