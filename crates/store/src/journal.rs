//! The journal port: append-only ordered entries in many streams, which belong to groups.

use std::fmt::{self, Debug, Display};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::name::{any_text, check, name};
use crate::{BackendError, NameError, Signal};

/// The longest entry that a journal accepts.
pub const MAX_ENTRY_BYTES: usize = 1024 * 1024;

const MAX_NAME_BYTES: usize = 2048;

name! {
    /// The name of a group of streams: 1 to 2048 bytes of text without control characters.
    GroupName, "group name", MAX_NAME_BYTES, any_text
}

/// The name of a stream: its group and its name within the group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName {
    group: GroupName,
    stream: Arc<str>,
}

/// The number of an entry; strictly increasing within a group, in append order, not contiguous.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Sequence(pub u64);

/// An entry to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// When what it tells happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// What it tells.
    pub bytes: Bytes,
}

/// An entry of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub sequence: Sequence,
    /// When what it tells happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// When it was appended, in milliseconds since the Unix epoch.
    pub appended_ms: i64,
    /// What it tells.
    pub bytes: Bytes,
}

/// An entry found by a scan over a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedEntry {
    /// The name, within the group, of the stream that holds it.
    pub stream: Arc<str>,
    /// The entry.
    pub entry: Entry,
}

/// Which way to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From older to newer.
    #[default]
    Forward,
    /// From newer to older.
    Backward,
}

/// Where a read of a stream begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadFrom {
    /// At the end that the direction starts from: the oldest entry going forward, the newest going
    /// backward.
    #[default]
    Edge,
    /// After this entry, which need not exist, in the direction of the read.
    After(Sequence),
}

/// What to read from a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Where to begin.
    pub from: ReadFrom,
    /// Which way to go.
    pub direction: Direction,
    /// Leaves out entries whose time is before this one.
    pub start_ms: Option<i64>,
    /// Leaves out entries whose time is this one or later.
    pub end_ms: Option<i64>,
    /// How many entries to return at most.
    pub limit: usize,
}

/// A place in the time order of a group: entries are ordered by time, then by sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The time of the entry at this place, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// The number of the entry at this place.
    pub sequence: Sequence,
}

/// Which streams of a group a scan looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Streams {
    /// All of them.
    #[default]
    All,
    /// Those whose name starts so.
    Prefix(String),
    /// These; names that do not exist match nothing.
    Named(Vec<String>),
}

/// What to find in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Which streams to look at.
    pub streams: Streams,
    /// Begins after this place, in the direction of the scan; `None` begins at its edge.
    pub after: Option<Position>,
    /// Which way to go.
    pub direction: Direction,
    /// Leaves out entries whose time is before this one.
    pub start_ms: Option<i64>,
    /// Leaves out entries whose time is this one or later.
    pub end_ms: Option<i64>,
    /// How many entries to return at most.
    pub limit: usize,
}

/// What is known about a stream without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamInfo {
    /// Its name.
    pub name: StreamName,
    /// When it was created, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// The earliest time of its entries, if it has any.
    pub first_ms: Option<i64>,
    /// The latest time of its entries, if it has any.
    pub last_ms: Option<i64>,
    /// When an entry was last appended, if ever.
    pub last_append_ms: Option<i64>,
    /// How many entries it holds.
    pub entries: u64,
    /// How many bytes its entries hold.
    pub bytes: u64,
}

/// Append-only ordered entries.
///
/// # Contract
///
/// *Order.* Entries have two orders. The sequence is the order of appending; reads of one stream
/// follow it. Time is what the appender says; scans over a group follow it, ties broken by
/// sequence. Entries may be appended with any times, in any order.
///
/// *Durability.* When an append has answered `Ok`, all its entries are on disk and every later read
/// sees them. An append is atomic: all of its entries or none.
///
/// *Idempotence.* An append is not: repeated after a retryable error, its entries may be there
/// twice. Truncation and deletion may be repeated, and must be until they answer `Ok`, because
/// they work in steps and a failure may leave some entries removed and others not.
///
/// *Cancellation.* Dropping the future of an append leaves it unknown whether it happens; dropping
/// that of a truncation or deletion stops it between two steps.
#[async_trait]
pub trait Journal: Debug + Send + Sync {
    /// Appends entries to a stream, creating it if needed, and returns their numbers.
    ///
    /// Appending no entries creates the stream.
    async fn append(
        &self,
        stream: &StreamName,
        entries: Vec<NewEntry>,
    ) -> Result<Vec<Sequence>, JournalError>;

    /// Reads entries of one stream in sequence order; a stream that is not there has none.
    async fn read(&self, stream: &StreamName, read: Read) -> Result<Vec<Entry>, JournalError>;

    /// Reads entries of all or some streams of a group in time order.
    async fn scan(&self, group: &GroupName, scan: Scan) -> Result<Vec<ScannedEntry>, JournalError>;

    /// Returns what is known about a stream, or `None` if it is not there.
    async fn stream(&self, stream: &StreamName) -> Result<Option<StreamInfo>, JournalError>;

    /// Lists, in order of their names, the streams of a group whose name starts with `prefix`.
    async fn streams(
        &self,
        group: &GroupName,
        prefix: &str,
    ) -> Result<Vec<StreamInfo>, JournalError>;

    /// Lists, in order, the groups that hold streams and whose name starts with `prefix`.
    async fn groups(&self, prefix: &str) -> Result<Vec<GroupName>, JournalError>;

    /// Removes the entries of a group whose time is before `before_ms` and returns how many there
    /// were. Streams stay, even when empty.
    async fn truncate(&self, group: &GroupName, before_ms: i64) -> Result<u64, JournalError>;

    /// Removes a stream with its entries and tells whether it was there.
    async fn delete_stream(&self, stream: &StreamName) -> Result<bool, JournalError>;

    /// Removes all streams of a group and returns how many there were.
    async fn delete_group(&self, group: &GroupName) -> Result<u64, JournalError>;

    /// Returns a signal that wakes when entries are appended to any stream of the group.
    async fn tail(&self, group: &GroupName) -> Result<Signal, JournalError>;
}

/// Why a journal operation did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// An entry is longer than [`MAX_ENTRY_BYTES`]; nothing was appended.
    #[error("an entry of {length_bytes} bytes exceeds {MAX_ENTRY_BYTES}")]
    TooLarge {
        /// How long the refused entry is.
        length_bytes: usize,
    },
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

// === impl StreamName ===

impl StreamName {
    /// Checks and joins the two parts of the name; each has 1 to 2048 bytes of text without control
    /// characters.
    pub fn new(group: GroupName, stream: impl AsRef<str>) -> Result<Self, NameError> {
        let stream = stream.as_ref();
        check("stream name", stream, MAX_NAME_BYTES, any_text)?;
        Ok(Self { group, stream: stream.into() })
    }

    /// Joins parts that a store has given back.
    pub(crate) fn joined(group: GroupName, stream: Arc<str>) -> Self {
        Self { group, stream }
    }

    /// Returns the group of the stream.
    pub fn group(&self) -> &GroupName {
        &self.group
    }

    /// Returns the name of the stream within its group.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// Returns the name of the stream within its group, shared.
    pub fn shared_stream(&self) -> Arc<str> {
        Arc::clone(&self.stream)
    }
}

impl Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.group, self.stream)
    }
}

// === impl Sequence ===

impl Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

// === impl Entry ===

impl Entry {
    /// Returns the entry's place in the time order of its group.
    pub fn position(&self) -> Position {
        Position { time_ms: self.time_ms, sequence: self.sequence }
    }
}

// === impl JournalError ===

impl JournalError {
    /// Tells whether the same call may succeed later; see the idempotence rule of [`Journal`].
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Backend(error) if error.retryable())
    }
}

/// Refuses entries that no backend has to accept.
pub(crate) fn check_sizes(entries: &[NewEntry]) -> Result<(), JournalError> {
    match entries.iter().find(|entry| entry.bytes.len() > MAX_ENTRY_BYTES) {
        Some(entry) => Err(JournalError::TooLarge { length_bytes: entry.bytes.len() }),
        None => Ok(()),
    }
}
