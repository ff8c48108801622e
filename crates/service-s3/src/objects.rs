//! The objects: their versions on disk, and in memory in the order in which lists show them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use parking_lot::RwLock;
use store::{Expect, Records, Table, TableError};
use tokio::sync::{Mutex, MutexGuard};
use wire::ApiError;

use crate::error;
use crate::object::Version;

/// So many keys can be written at once.
const TURNS: usize = 64;

/// The versions of each key of a bucket, newest first.
pub(crate) type Keys = BTreeMap<String, Vec<Arc<Version>>>;

/// All versions of all objects.
///
/// Whoever writes a key holds its turn from reading it to having written it.
#[derive(Debug)]
pub(crate) struct Objects {
    table: Table<Version>,
    index: RwLock<BTreeMap<String, Keys>>,
    turns: [Mutex<()>; TURNS],
}

// === impl Objects ===

impl Objects {
    /// Opens the objects; resolves once all are in memory.
    pub(crate) async fn open(records: &Arc<dyn Records>) -> Result<Self, TableError> {
        let table = Table::<Version>::open(Arc::clone(records)).await?;
        let mut index: BTreeMap<String, Keys> = BTreeMap::new();
        for row in table.range("", None, usize::MAX) {
            let keys = index.entry(row.value.bucket.clone()).or_default();
            keys.entry(row.value.key.clone()).or_default().push(row.value);
        }
        for versions in index.values_mut().flat_map(BTreeMap::values_mut) {
            versions.sort_by_key(|version| std::cmp::Reverse(version.order));
        }
        let turns = std::array::from_fn(|_| Mutex::default());
        Ok(Self { table, index: RwLock::new(index), turns })
    }

    /// Waits until nobody else writes a key.
    pub(crate) async fn turn(&self, bucket: &str, key: &str) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        (bucket, key).hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default();
        self.turns[at].lock().await
    }

    /// Gives the newest version, which may be a delete marker.
    pub(crate) fn newest(&self, bucket: &str, key: &str) -> Option<Arc<Version>> {
        self.index.read().get(bucket)?.get(key)?.first().cloned()
    }

    /// Gives the version with an id.
    pub(crate) fn version(&self, bucket: &str, key: &str, id: &str) -> Option<Arc<Version>> {
        let index = self.index.read();
        let versions = index.get(bucket)?.get(key)?;
        versions.iter().find(|version| version.shown_id() == id).cloned()
    }

    /// Tells whether a bucket holds nothing, not even a delete marker.
    pub(crate) fn is_empty(&self, bucket: &str) -> bool {
        self.index.read().get(bucket).is_none_or(BTreeMap::is_empty)
    }

    /// Looks at the keys of a bucket.
    pub(crate) fn look<T>(&self, bucket: &str, look: impl FnOnce(&Keys) -> T) -> T {
        match self.index.read().get(bucket) {
            Some(keys) => look(keys),
            None => look(&Keys::new()),
        }
    }

    /// Looks at every version.
    pub(crate) fn for_each(&self, mut each: impl FnMut(&Version)) {
        let index = self.index.read();
        let versions = index.values().flat_map(BTreeMap::values).flatten();
        versions.for_each(|version| each(version));
    }

    /// Writes a version: a new one, the null version over the one before, or an old one changed. The
    /// caller holds the key's turn.
    pub(crate) async fn write(&self, version: Version) -> Result<Arc<Version>, ApiError> {
        let row_key = version.row_key();
        self.table.put(&row_key, &version, Expect::Any).await.map_err(error::table)?;
        let version = Arc::new(version);
        let mut index = self.index.write();
        let keys = index.entry(version.bucket.clone()).or_default();
        let versions = keys.entry(version.key.clone()).or_default();
        versions.retain(|other| other.id != version.id);
        let at = versions.partition_point(|other| other.order > version.order);
        versions.insert(at, Arc::clone(&version));
        Ok(version)
    }

    /// Removes a version for good. The caller holds the key's turn.
    pub(crate) async fn remove(&self, version: &Version) -> Result<(), ApiError> {
        self.table.delete(&version.row_key(), Expect::Any).await.map_err(error::table)?;
        let mut index = self.index.write();
        if let Some(keys) = index.get_mut(&version.bucket) {
            if let Some(versions) = keys.get_mut(&version.key) {
                versions.retain(|other| other.id != version.id);
                if versions.is_empty() {
                    keys.remove(&version.key);
                }
            }
            if keys.is_empty() {
                index.remove(&version.bucket);
            }
        }
        Ok(())
    }

    /// Gives the order of the next version of a key. The caller holds the key's turn.
    pub(crate) fn next_order(&self, bucket: &str, key: &str, now_ms: i64) -> u64 {
        let now = u64::try_from(now_ms).unwrap_or_default();
        let last = self.newest(bucket, key).map_or(0, |version| version.order);
        now.max(last + 1)
    }
}
