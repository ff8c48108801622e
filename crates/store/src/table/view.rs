//! The in-memory replica of a table.

mod rows;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::RwLock;
use tokio::sync::{oneshot, watch};

use self::rows::Rows;
use super::row::{self, Row, Stored};
use super::{DecodeError, TableError};
use crate::{BackendError, Key, Record, Records, RecordsError, Revision, Watch, WatchEvent};

/// How long to wait before watching anew when the store does not allow it.
const REWATCH_DELAY: Duration = Duration::from_millis(200);

/// An ordered replica of all rows of a table, kept fresh by a watch.
///
/// A thread of its own applies the changes, and ends when the view is dropped. Reads are
/// synchronous and hold a lock for reading only while they copy references out.
#[derive(Debug)]
pub struct View<T: Row> {
    rows: Arc<RwLock<Rows<T>>>,
    applied: watch::Receiver<Revision>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The view ended because the store is closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended;

/// The side of the view that applies changes.
struct Follower<T: Row> {
    records: Arc<dyn Records>,
    watch: Watch,
    prefix: String,
    rows: Arc<RwLock<Rows<T>>>,
    /// The state under construction after a watch was interrupted; readers see the old one.
    rebuilt: Option<Rows<T>>,
    applied: watch::Sender<Revision>,
}

// === impl View ===

impl<T: Row> View<T> {
    /// Opens the view; resolves once all rows are in memory, and fails if one cannot be read.
    pub async fn open(records: Arc<dyn Records>) -> Result<Self, TableError> {
        let prefix = row::record_prefix::<T>();
        let mut watch = records.watch(&prefix).await?;
        let (rows, revision) = load::<T>(&mut watch, &prefix).await?;
        let rows = Arc::new(RwLock::new(rows));
        let (applied, follow_applied) = watch::channel(revision);
        let (stop, stopped) = oneshot::channel();
        let follower =
            Follower { records, watch, prefix, rows: Arc::clone(&rows), rebuilt: None, applied };
        let thread = start(follower, stopped)
            .map_err(|error| RecordsError::from(BackendError::unavailable(error)))?;
        Ok(Self { rows, applied: follow_applied, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the row under `key`.
    pub fn get(&self, key: &str) -> Option<Stored<T>> {
        self.rows.read().get(key).cloned()
    }

    /// Returns the row that has this name besides its key.
    pub fn find(&self, name: &str) -> Option<Stored<T>> {
        self.rows.read().find(name).cloned()
    }

    /// Returns the first `limit` rows whose key starts with `prefix` and is greater than `after`,
    /// in key order.
    pub fn range(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<Stored<T>> {
        self.rows.read().range(prefix, after).take(limit).cloned().collect()
    }

    /// Returns the rows that are unsettled, in key order, without looking at the others.
    pub fn unsettled(&self) -> Vec<Stored<T>> {
        self.rows.read().unsettled().cloned().collect()
    }

    /// Returns the weight of all rows together, without looking at them.
    pub fn weight(&self) -> u64 {
        self.rows.read().weight()
    }

    /// Returns the rows that `keep` keeps, in key order. It looks at all of them while it holds the
    /// lock for reading, so it has to be quick.
    pub fn select(&self, keep: impl Fn(&T) -> bool) -> Vec<Stored<T>> {
        self.rows.read().values().filter(|row| keep(&row.value)).cloned().collect()
    }

    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.rows.read().len()
    }

    /// Tells whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.read().len() == 0
    }

    /// Returns a channel that holds the last applied revision and changes with every change.
    pub fn subscribe(&self) -> watch::Receiver<Revision> {
        self.applied.clone()
    }

    pub(super) async fn applied(&self, revision: Revision) -> Result<(), Ended> {
        let mut applied = self.applied.clone();
        applied.wait_for(|applied| *applied >= revision).await.map(|_| ()).map_err(|_| Ended)
    }
}

impl<T: Row> Drop for View<T> {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A follower that panicked has already said so.
            let _ = thread.join();
        }
    }
}

// === impl Follower ===

impl<T: Row> Follower<T> {
    async fn run(mut self) {
        loop {
            if let Ok(event) = self.watch.next().await {
                self.apply(event);
            } else {
                let Some(watch) = self.watch_anew().await else { return };
                self.watch = watch;
                self.rebuilt = Some(Rows::default());
            }
        }
    }

    async fn watch_anew(&self) -> Option<Watch> {
        loop {
            match self.records.watch(&self.prefix).await {
                Ok(watch) => return Some(watch),
                Err(RecordsError::Backend(BackendError::Closed)) => return None,
                Err(error) => {
                    tracing::warn!(table = T::NAME, %error, "cannot watch the table");
                    tokio::time::sleep(REWATCH_DELAY).await;
                }
            }
        }
    }

    fn apply(&mut self, event: WatchEvent) {
        let revision = event.revision();
        match event {
            WatchEvent::Put(record) => self.put(&record),
            WatchEvent::Deleted { key, .. } => self.remove(&key),
            WatchEvent::Current { .. } => {
                if let Some(rebuilt) = self.rebuilt.take() {
                    *self.rows.write() = rebuilt;
                }
            }
        }
        // While rebuilding, single revisions say nothing about what readers see.
        if self.rebuilt.is_none() {
            self.applied.send_replace(revision);
        }
    }

    fn put(&mut self, record: &Record) {
        match decode_record::<T>(record, &self.prefix) {
            Ok(row) => {
                self.change(|rows| rows.insert(row));
            }
            // A newer release in the same cluster may write rows that this one cannot read. Serving
            // the outdated row would be worse than serving none.
            Err(error) => {
                tracing::error!(table = T::NAME, key = %record.key, %error, "row left out");
                self.remove(&record.key);
            }
        }
    }

    fn remove(&mut self, key: &Key) {
        let key = row_key(key, &self.prefix).to_owned();
        self.change(|rows| rows.remove(&key));
    }

    fn change(&mut self, change: impl FnOnce(&mut Rows<T>) -> Option<Stored<T>>) {
        // The replaced row is dropped after the lock: freeing it may take a while.
        let replaced = match &mut self.rebuilt {
            Some(rebuilt) => change(rebuilt),
            None => change(&mut self.rows.write()),
        };
        drop(replaced);
    }
}

/// Runs the follower on a thread of its own, so that a table needs no runtime to be told about and
/// a busy runtime cannot keep its rows stale.
fn start<T: Row>(
    follower: Follower<T>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    thread::Builder::new().name(format!("view-{}", T::NAME)).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = stopped => {}
                () = follower.run() => {}
            }
        });
    })
}

async fn load<T: Row>(watch: &mut Watch, prefix: &str) -> Result<(Rows<T>, Revision), TableError> {
    let mut rows = Rows::default();
    loop {
        let event = watch.next().await.map_err(|_| RecordsError::from(BackendError::Closed))?;
        match event {
            WatchEvent::Put(record) => {
                let row = decode_record::<T>(&record, prefix).map_err(|source| {
                    TableError::Decode { key: row_key(&record.key, prefix).to_owned(), source }
                })?;
                rows.insert(row);
            }
            WatchEvent::Deleted { key, .. } => {
                rows.remove(row_key(&key, prefix));
            }
            WatchEvent::Current { revision } => return Ok((rows, revision)),
        }
    }
}

fn decode_record<T: Row>(record: &Record, prefix: &str) -> Result<Stored<T>, DecodeError> {
    let value = row::decode(&record.value)?;
    Ok(Stored::new(row_key(&record.key, prefix), record.revision, value))
}

fn row_key<'k>(key: &'k Key, prefix: &str) -> &'k str {
    key.as_str().strip_prefix(prefix).unwrap_or(key.as_str())
}

#[cfg(test)]
mod tests;
