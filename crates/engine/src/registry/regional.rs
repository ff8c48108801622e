//! A table whose rows live in regions, under an id.

use std::sync::Arc;

use model::names::Region;
use store::{Expect, Records, Revision, Row, Table, TableError};
use tokio::sync::watch;

use crate::functions::ChangeError;

/// Rows by region and id.
#[derive(Debug)]
pub struct Regional<T: Row>(Table<T>);

// === impl Regional ===

impl<T: Row + Clone> Regional<T> {
    pub(super) async fn open(records: &Arc<dyn Records>) -> Result<Self, TableError> {
        Ok(Self(Table::open(Arc::clone(records)).await?))
    }

    /// Finds a row.
    pub fn get(&self, region: &Region, id: &str) -> Option<Arc<T>> {
        self.0.get(&key(region, id)).map(|row| row.value)
    }

    /// Lists the rows of a region whose id begins with `prefix`, by id, after `after`.
    pub fn list(
        &self,
        region: &Region,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<Arc<T>> {
        let after = after.map(|after| key(region, after));
        let rows = self.0.range(&key(region, prefix), after.as_deref(), limit);
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Calls `visit` with every row, or with every one of a region.
    pub fn each(&self, region: Option<&Region>, mut visit: impl FnMut(&T)) {
        let prefix = region.map(|region| key(region, "")).unwrap_or_default();
        for row in self.0.range(&prefix, None, usize::MAX) {
            visit(&row.value);
        }
    }

    /// Returns the weight of all rows together.
    pub fn weight(&self) -> u64 {
        self.0.view().weight()
    }

    /// Follows changes: the channel holds the last change that reads show.
    pub fn changes(&self) -> watch::Receiver<Revision> {
        self.0.view().subscribe()
    }

    /// Writes a row, whatever was there.
    pub async fn put(&self, region: &Region, id: &str, row: &T) -> Result<(), TableError> {
        self.0.put(&key(region, id), row, Expect::Any).await.map(|_| ())
    }

    /// Changes a row; `decide` may be called again if someone else changed it meanwhile.
    pub async fn change<E>(
        &self,
        region: &Region,
        id: &str,
        mut decide: impl FnMut(&mut T) -> Result<(), E>,
    ) -> Result<T, ChangeError<E>> {
        let written = self
            .0
            .update(&key(region, id), |row| -> Result<_, ChangeError<E>> {
                let mut row = row.ok_or(ChangeError::NotFound)?.clone();
                decide(&mut row).map_err(ChangeError::Refused)?;
                Ok(Some(row))
            })
            .await?;
        written.map(|row| row.value.as_ref().clone()).ok_or(ChangeError::NotFound)
    }

    /// Deletes a row, and tells whether there was one.
    pub async fn delete(&self, region: &Region, id: &str) -> Result<bool, TableError> {
        self.0.delete(&key(region, id), Expect::Any).await
    }
}

fn key(region: &Region, id: &str) -> String {
    format!("{region}/{id}")
}
