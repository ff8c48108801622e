//! The typed layer over records: tables whose rows are read from memory and written to disk.

mod row;
mod view;

use std::sync::Arc;

use bytes::Bytes;

pub use self::row::{DecodeError, Migrate, Row, Stored};
pub use self::view::View;
use crate::{BackendError, Expect, Key, NameError, Records, RecordsError, Revision};

/// All rows of one type, stored as records whose keys start with the type's [`Row::NAME`].
///
/// Reads are answered from an in-memory [`View`] and never touch the store. A write resolves only
/// after the view of this table has applied it, so a caller always reads its own writes; the
/// writes of others arrive as fast as the store's watch delivers them. The contract of
/// [`Records`] holds for everything else.
#[derive(Debug)]
pub struct Table<T: Row> {
    records: Arc<dyn Records>,
    view: View<T>,
}

/// Why a table operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The key of the row cannot be the key of a record.
    #[error(transparent)]
    Key(#[from] NameError),
    /// The row cannot be written as JSON.
    #[error("row {key} cannot be encoded")]
    Encode {
        /// The key of the row.
        key: String,
        /// What the serializer reported.
        #[source]
        source: serde_json::Error,
    },
    /// A stored row cannot be read.
    #[error("row {key} cannot be decoded")]
    Decode {
        /// The key of the row.
        key: String,
        /// What is wrong with it.
        #[source]
        source: DecodeError,
    },
    /// The store refused or failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

impl<T: Row> Table<T> {
    /// Opens the table; resolves once all rows are in memory, and fails if one cannot be read.
    pub async fn open(records: Arc<dyn Records>) -> Result<Self, TableError> {
        let view = View::open(Arc::clone(&records)).await?;
        Ok(Self { records, view })
    }

    /// Returns the in-memory replica.
    pub fn view(&self) -> &View<T> {
        &self.view
    }

    /// Returns the row under `key`.
    pub fn get(&self, key: &str) -> Option<Stored<T>> {
        self.view.get(key)
    }

    /// Returns the row that has this name besides its key.
    pub fn find(&self, name: &str) -> Option<Stored<T>> {
        self.view.find(name)
    }

    /// Returns the first `limit` rows whose key starts with `prefix` and is greater than `after`,
    /// in key order.
    pub fn range(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<Stored<T>> {
        self.view.range(prefix, after, limit)
    }

    /// Writes a row if the expectation holds.
    pub async fn put(&self, key: &str, value: &T, expect: Expect) -> Result<Revision, TableError> {
        let record_key = row::record_key::<T>(key)?;
        let encoded = row::encode(value)
            .map_err(|source| TableError::Encode { key: key.to_owned(), source })?;
        let revision = self.records.put(&record_key, Bytes::from(encoded), expect).await?;
        self.applied(revision).await?;
        Ok(revision)
    }

    /// Removes a row if the expectation holds, and tells whether there was one.
    pub async fn delete(&self, key: &str, expect: Expect) -> Result<bool, TableError> {
        let record_key = row::record_key::<T>(key)?;
        match self.records.delete(&record_key, expect).await? {
            Some(revision) => self.applied(revision).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Reads a row from the store, decides on its next value, and writes that, starting over
    /// whenever someone else wrote the row in between.
    ///
    /// `decide` is given the current value and answers the next one, or `None` to leave the row as
    /// it is; it may be called several times. The answer is the row as it was written.
    pub async fn update<E: From<TableError>>(
        &self,
        key: &str,
        mut decide: impl FnMut(Option<&T>) -> Result<Option<T>, E>,
    ) -> Result<Option<Stored<T>>, E> {
        let record_key = row::record_key::<T>(key).map_err(TableError::from)?;
        loop {
            let (current, expect) = self.read(key, &record_key).await?;
            let Some(next) = decide(current.as_ref())? else { return Ok(None) };
            match self.put(key, &next, expect).await {
                Ok(revision) => return Ok(Some(Stored::new(key, revision, next))),
                Err(TableError::Records(RecordsError::Conflict { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn read(&self, key: &str, record_key: &Key) -> Result<(Option<T>, Expect), TableError> {
        let Some(record) = self.records.get(record_key).await? else {
            return Ok((None, Expect::Absent));
        };
        let value = row::decode(&record.value)
            .map_err(|source| TableError::Decode { key: key.to_owned(), source })?;
        Ok((Some(value), Expect::Revision(record.revision)))
    }

    async fn applied(&self, revision: Revision) -> Result<(), TableError> {
        let closed = |_| TableError::Records(RecordsError::Backend(BackendError::Closed));
        self.view.applied(revision).await.map_err(closed)
    }
}

impl TableError {
    /// Tells whether the same call may succeed later; see the idempotence rule of [`Records`].
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Records(error) if error.retryable())
    }
}
