//! The records port: small values under ordered keys, with per-key compare-and-set.

mod watch;

use std::fmt::{self, Debug, Display};

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub(crate) use self::watch::{Change, WatchHub};
pub use self::watch::{Watch, WatchEvent, WatchInterrupted};
use crate::BackendError;
use crate::name::{name, visible_ascii};

/// The longest value that a record may hold.
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;

name! {
    /// The key of a record: 1 to 512 visible ASCII characters, ordered bytewise.
    Key, "key", 512, visible_ascii
}

/// The number of a change; strictly increasing over the whole store, never reused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// What a write expects to find under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Absent,
    /// The record as it was left by this revision.
    Revision(Revision),
    /// Whatever is there, or nothing.
    Any,
}

/// A value with its key and the revision that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where the value is stored.
    pub key: Key,
    /// The value.
    pub value: Bytes,
    /// The change that wrote the value.
    pub revision: Revision,
}

/// Small values under ordered keys.
///
/// # Contract
///
/// *Atomicity.* Each write is atomic for its key and there is no larger unit: callers order their
/// writes so that a crash between any two of them leaves something they can continue from.
///
/// *Durability.* When a write has answered `Ok`, the change is on disk and every later read, by
/// anyone, sees it.
///
/// *Revisions.* Every put, and every delete that removed something, takes one revision. Revisions
/// strictly increase over the whole store and are never reused, even after a restart. They are not
/// contiguous.
///
/// *Idempotence.* Reads are idempotent. A write with [`Expect::Any`] may be repeated. A write with
/// another expectation that fails with a [retryable](RecordsError::retryable) error may have
/// happened; repeating it then answers [`RecordsError::Conflict`], and the caller reads the record
/// to find out whether the change in place is its own.
///
/// *Cancellation.* Dropping the future of a read is harmless. Dropping the future of a write leaves
/// it unknown whether the write happens, but it happens entirely or not at all.
#[async_trait]
pub trait Records: Debug + Send + Sync {
    /// Returns the record under `key`, if there is one.
    async fn get(&self, key: &Key) -> Result<Option<Record>, RecordsError>;

    /// Writes `value` under `key` if the expectation holds, and returns the revision of the change.
    async fn put(&self, key: &Key, value: Bytes, expect: Expect) -> Result<Revision, RecordsError>;

    /// Removes the record under `key` if the expectation holds.
    ///
    /// Returns the revision of the change, or `None` when there was nothing to remove, which only
    /// [`Expect::Any`] and [`Expect::Absent`] allow.
    async fn delete(&self, key: &Key, expect: Expect) -> Result<Option<Revision>, RecordsError>;

    /// Returns all records whose key starts with `prefix`, in key order.
    ///
    /// The answer is one state of the store, not a mixture of several.
    async fn scan(&self, prefix: &str) -> Result<Vec<Record>, RecordsError>;

    /// Returns the first `limit` records whose key starts with `prefix` and is greater than
    /// `after`, in key order. Fewer than `limit` means that there are no more.
    async fn scan_page(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Record>, RecordsError>;

    /// Follows the records whose key starts with `prefix`.
    ///
    /// The watch yields the current state, then [`WatchEvent::Current`], then every later change
    /// in revision order, none missed and none twice. A change is on disk before it is yielded, and
    /// when a write answers `Ok` its change has been handed to every watch of this process.
    async fn watch(&self, prefix: &str) -> Result<Watch, RecordsError>;
}

/// Why a records operation did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecordsError {
    /// The expectation did not hold; nothing was changed.
    #[error("record {key} is not as expected")]
    Conflict {
        /// The key of the refused write.
        key: Key,
        /// The revision in place, or `None` if there is no record.
        current: Option<Revision>,
    },
    /// The value is longer than [`MAX_VALUE_BYTES`].
    #[error("a value of {length_bytes} bytes exceeds {MAX_VALUE_BYTES}")]
    TooLarge {
        /// How long the refused value is.
        length_bytes: usize,
    },
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl RecordsError {
    /// Tells whether the same call may succeed later; see the idempotence rule of [`Records`].
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Backend(error) if error.retryable())
    }
}

// === impl Revision ===

impl Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

// === impl Expect ===

impl Expect {
    /// Checks the expectation against what is in place.
    pub fn check(self, key: &Key, current: Option<Revision>) -> Result<(), RecordsError> {
        let holds = match self {
            Self::Absent => current.is_none(),
            Self::Revision(wanted) => current == Some(wanted),
            Self::Any => true,
        };
        if holds { Ok(()) } else { Err(RecordsError::Conflict { key: key.clone(), current }) }
    }
}

/// Refuses a value that no backend has to accept.
pub(crate) fn check_size(value: &Bytes) -> Result<(), RecordsError> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(RecordsError::TooLarge { length_bytes: value.len() });
    }
    Ok(())
}
