//! Following changes: a snapshot, then everything after it.

use std::vec;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::{Key, Record, Revision};

/// How many changes may wait for a watcher before it is cut off and has to watch anew.
const MAX_PENDING_CHANGES: usize = 65_536;

/// One step of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// A record exists (before [`WatchEvent::Current`]) or was written (after it).
    Put(Record),
    /// A record was removed.
    Deleted {
        /// The key that no longer has a record.
        key: Key,
        /// The change that removed it.
        revision: Revision,
    },
    /// The state as of this revision is complete; keys not yielded so far have no record.
    Current {
        /// The last change contained in the state.
        revision: Revision,
    },
}

/// The watch ended, because the watcher fell too far behind or because the store is closed.
///
/// The caller watches again and replaces what it knows by the new current state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the watch was interrupted")]
pub struct WatchInterrupted;

/// A change as it travels from the backend to the watches.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) key: Key,
    pub(crate) revision: Revision,
    /// The new value, or `None` for a removal.
    pub(crate) value: Option<Bytes>,
}

/// Yields the current state under a prefix and then every change to it.
#[derive(Debug)]
pub struct Watch {
    current: vec::IntoIter<Record>,
    announced: bool,
    as_of: Revision,
    live: mpsc::Receiver<WatchEvent>,
}

/// The registered watchers of a backend.
#[derive(Debug, Default)]
pub(crate) struct WatchHub {
    watchers: Mutex<Vec<Watcher>>,
}

#[derive(Debug)]
struct Watcher {
    prefix: String,
    changes: mpsc::Sender<WatchEvent>,
}

// === impl Watch ===

impl Watch {
    /// Joins a state, complete as of a revision, with a channel of changes, for use by backends.
    ///
    /// The channel must have been registered before the state was read, and must carry the changes
    /// in revision order; those that the state already contains are left out here.
    pub fn new(current: Vec<Record>, as_of: Revision, live: mpsc::Receiver<WatchEvent>) -> Self {
        Self { current: current.into_iter(), announced: false, as_of, live }
    }

    /// Waits for the next event. Dropping the future loses none.
    pub async fn next(&mut self) -> Result<WatchEvent, WatchInterrupted> {
        if let Some(record) = self.current.next() {
            return Ok(WatchEvent::Put(record));
        }
        if !self.announced {
            self.announced = true;
            return Ok(WatchEvent::Current { revision: self.as_of });
        }
        loop {
            let event = self.live.recv().await.ok_or(WatchInterrupted)?;
            if event.revision() > self.as_of {
                return Ok(event);
            }
        }
    }
}

// === impl WatchEvent ===

impl WatchEvent {
    /// Returns the revision that the event reports.
    pub fn revision(&self) -> Revision {
        match self {
            Self::Put(record) => record.revision,
            Self::Deleted { revision, .. } | Self::Current { revision } => *revision,
        }
    }
}

impl From<&Change> for WatchEvent {
    fn from(change: &Change) -> Self {
        let Change { key, revision, value } = change.clone();
        match value {
            Some(value) => Self::Put(Record { key, value, revision }),
            None => Self::Deleted { key, revision },
        }
    }
}

// === impl WatchHub ===

impl WatchHub {
    /// Registers a watcher that is given every change published from now on.
    pub(crate) fn register(&self, prefix: &str) -> mpsc::Receiver<WatchEvent> {
        let (changes, live) = mpsc::channel(MAX_PENDING_CHANGES);
        self.watchers.lock().push(Watcher { prefix: prefix.to_owned(), changes });
        live
    }

    /// Hands changes to the watchers, in the given order; callers publish in revision order.
    ///
    /// A watcher with no room left is dropped, which ends its watch: slow readers cost bounded
    /// memory and never hold up a writer.
    pub(crate) fn publish(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        self.watchers.lock().retain(|watcher| {
            changes
                .iter()
                .filter(|change| change.key.as_str().starts_with(&watcher.prefix))
                .all(|change| watcher.changes.try_send(change.into()).is_ok())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, revision: u64) -> Change {
        let key = Key::new(key).unwrap();
        Change { key, revision: Revision(revision), value: Some(Bytes::new()) }
    }

    #[tokio::test]
    async fn changes_that_the_state_contains_are_left_out() {
        let hub = WatchHub::default();
        let live = hub.register("k");
        hub.publish(&[change("k", 1), change("k", 2), change("other", 3)]);
        hub.publish(&[change("k", 4)]);
        let mut watch = Watch::new(Vec::new(), Revision(1), live);
        let mut revisions = Vec::new();
        for _ in 0..3 {
            revisions.push(watch.next().await.unwrap().revision().0);
        }
        assert_eq!(revisions, [1, 2, 4]);
    }

    #[tokio::test]
    async fn a_watcher_that_does_not_read_is_cut_off_and_learns_it() {
        let hub = WatchHub::default();
        let mut slow = Watch::new(Vec::new(), Revision(0), hub.register(""));
        let mut quick = Watch::new(Vec::new(), Revision(0), hub.register(""));
        assert!(quick.next().await.is_ok());
        for revision in 1..=MAX_PENDING_CHANGES as u64 + 1 {
            hub.publish(&[change("k", revision)]);
            assert_eq!(quick.next().await.unwrap().revision(), Revision(revision));
        }
        assert!(matches!(slow.next().await, Ok(WatchEvent::Current { .. })));
        for revision in 1..=MAX_PENDING_CHANGES as u64 {
            assert_eq!(slow.next().await.unwrap().revision(), Revision(revision));
        }
        assert_eq!(slow.next().await, Err(WatchInterrupted));
    }
}
