//! The functions that exist: durable in the store, answered from memory.
//!
//! A function is one record under its name, so creating, changing and deleting it are each one
//! atomic write. Published versions are records of their own; one exists for the world only once
//! its function's `last_number` has reached it. A crash between the two writes of a publication
//! therefore leaves nothing but a record that the next publication overwrites. Aliases are records
//! of their own as well.

mod aliases;
mod idling;
mod provisioned;
mod rows;
mod urls;

use std::{collections::HashSet, sync::Arc};

use model::{
    function::{Attachments, Function, FunctionRecord, Variables, Version},
    names::{FunctionName, Qualifier, Region, VersionNumber},
};
use store::{Expect, Records, RecordsError, Revision, Row, Stored, Table, TableError};
use tokio::sync::{Mutex, MutexGuard, watch};
use uuid::Uuid;
use vault::KeyError;

use crate::Secrets;

pub use aliases::{AliasError, DeleteVersionError};
pub use idling::{Held, Unchanged};
pub(crate) use provisioned::{Target, Targets};
pub use rows::{AliasRow, FunctionRow, VersionRow};
pub use urls::Addressed;

/// Changes of different functions' versions and aliases need not wait for each other.
const LOCKS: usize = 64;

/// All functions with their versions and aliases.
#[derive(Debug)]
pub struct Functions {
    rows: Table<FunctionRow>,
    versions: Table<VersionRow>,
    aliases: Table<AliasRow>,
    locks: Vec<Mutex<()>>,
    known: provisioned::Known,
}

/// Says why a function was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is one of this name.
    #[error("the function exists")]
    Exists,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] TableError),
}

/// Says why a function was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<E> {
    /// There is none of this name.
    #[error("there is no such function")]
    NotFound,
    /// Whoever wanted the change decided against it.
    #[error("the change was refused")]
    Refused(E),
    /// The store failed.
    #[error(transparent)]
    Store(TableError),
}

// === impl Functions: reading ===

impl Functions {
    /// Opens the tables and removes what interrupted deletions have left.
    pub async fn open(records: &Arc<dyn Records>) -> Result<Self, TableError> {
        let functions = Self {
            rows: Table::open(Arc::clone(records)).await?,
            versions: Table::open(Arc::clone(records)).await?,
            aliases: Table::open(Arc::clone(records)).await?,
            locks: (0..LOCKS).map(|_| Mutex::new(())).collect(),
            known: provisioned::Known::default(),
        };
        functions.sweep().await?;
        Ok(functions)
    }

    /// Finds a function.
    pub fn get(&self, region: &Region, name: &FunctionName) -> Option<Arc<FunctionRow>> {
        self.stored(region, name).map(|stored| stored.value)
    }

    /// Finds a function together with the revision of its record.
    pub fn stored(&self, region: &Region, name: &FunctionName) -> Option<Stored<FunctionRow>> {
        self.rows.get(&rows::function_key(region, name)).filter(|s| s.value.live().is_some())
    }

    /// Lists functions of a region by name, after `after`, at most `limit`.
    pub fn list(
        &self,
        region: &Region,
        after: Option<&FunctionName>,
        limit: usize,
    ) -> Vec<Arc<FunctionRow>> {
        let prefix = rows::region_prefix(region);
        let mut after = after.map(|name| rows::function_key(region, name));
        let mut found = Vec::new();
        // Deleted functions are skipped, so one look may not be enough.
        while found.len() < limit {
            let wanted = limit - found.len();
            let rows = self.rows.range(&prefix, after.as_deref(), wanted);
            let at_end = rows.len() < wanted;
            after = rows.last().map(|row| row.key.as_ref().to_owned());
            found.extend(rows.into_iter().map(|row| row.value).filter(|row| row.live().is_some()));
            if at_end {
                break;
            }
        }
        found
    }

    /// Calls `visit` with every function of every region.
    pub fn for_each(&self, mut visit: impl FnMut(&Function)) {
        for row in self.rows.range("", None, usize::MAX) {
            if let Some(function) = row.value.live() {
                visit(function);
            }
        }
    }

    /// Lists the functions that are being created or updated.
    pub fn in_progress(&self) -> Vec<Arc<FunctionRow>> {
        self.rows.view().unsettled().into_iter().map(|row| row.value).collect()
    }

    /// Lists the published versions that are being made ready, each with its function.
    pub fn versions_in_progress(&self) -> Vec<(Arc<FunctionRow>, Arc<VersionRow>)> {
        self.versions.view().unsettled().into_iter().filter_map(|row| self.owned(row)).collect()
    }

    /// Sums the packages of all functions and versions of all regions, as they were uploaded.
    pub fn code_bytes(&self) -> u64 {
        self.rows.view().weight() + self.versions.view().weight()
    }

    /// Finds a published version.
    pub fn version(&self, function: &Function, number: VersionNumber) -> Option<Arc<VersionRow>> {
        if number.0 > function.last_number {
            return None;
        }
        self.versions.get(&rows::version_key(function.incarnation, number)).map(|row| row.value)
    }

    /// Lists published versions in ascending order, after `after`, at most `limit`.
    pub fn versions(
        &self,
        function: &Function,
        after: Option<VersionNumber>,
        limit: usize,
    ) -> Vec<Arc<VersionRow>> {
        let prefix = rows::owned_prefix(function.incarnation);
        let after = after.map(|number| rows::version_key(function.incarnation, number));
        let published = |row: &Arc<VersionRow>| {
            row.0.number.is_some_and(|number| number.0 <= function.last_number)
        };
        let rows = self.versions.range(&prefix, after.as_deref(), limit);
        rows.into_iter().map(|row| row.value).filter(published).collect()
    }

    /// Reads what is attached to what a qualifier names, and its revision; nothing if it names nothing.
    pub fn attached<T>(
        &self,
        function: &Function,
        qualifier: Option<&Qualifier>,
        read: impl FnOnce(&Attachments, Uuid) -> T,
    ) -> Option<T> {
        Some(match qualifier {
            None | Some(Qualifier::Latest) => {
                read(&function.latest.attached, function.latest.revision_id)
            }
            Some(Qualifier::Version(number)) => {
                let row = self.version(function, *number)?;
                read(&row.0.attached, row.0.revision_id)
            }
            Some(Qualifier::Alias(name)) => {
                let row = self.alias(function, name)?;
                read(&row.0.attached, row.0.revision_id)
            }
        })
    }

    /// Finds the version that was published last, if it was not deleted.
    pub fn last_published(&self, function: &Function) -> Option<Arc<VersionRow>> {
        self.version(function, VersionNumber(function.last_number))
    }

    /// Follows changes of published versions, as [`Self::changes`] does of functions.
    pub fn version_changes(&self) -> watch::Receiver<Revision> {
        self.versions.view().subscribe()
    }

    /// Follows changes of functions: the channel holds the last change that reads show.
    pub fn changes(&self) -> watch::Receiver<Revision> {
        self.rows.view().subscribe()
    }
}

// === impl Functions: writing ===

impl Functions {
    /// Creates a function; `build` is told the highest version number ever used under its name.
    pub async fn create(
        &self,
        region: &Region,
        name: &FunctionName,
        build: impl Fn(u64) -> Function,
    ) -> Result<Function, CreateError> {
        let key = rows::function_key(region, name);
        loop {
            let current = self.rows.get(&key);
            let (expect, last_number) = match &current {
                None => (Expect::Absent, 0),
                Some(row) => match &row.value.0 {
                    FunctionRecord::Live(_) => return Err(CreateError::Exists),
                    FunctionRecord::Deleted { last_number } => {
                        (Expect::Revision(row.revision), *last_number)
                    }
                },
            };
            let function = build(last_number);
            let row = FunctionRow(FunctionRecord::Live(Box::new(function.clone())));
            match self.rows.put(&key, &row, expect).await {
                Ok(_) => return Ok(function),
                Err(TableError::Records(RecordsError::Conflict { .. })) => {
                    // Another create was faster; the view has it by the time it is written again.
                    tokio::task::yield_now().await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Changes a function; `decide` may be called again if someone else changed it meanwhile.
    pub async fn change<E>(
        &self,
        region: &Region,
        name: &FunctionName,
        mut decide: impl FnMut(&mut Function) -> Result<(), E>,
    ) -> Result<Function, ChangeError<E>> {
        let written = self
            .rows
            .update(&rows::function_key(region, name), |row| -> Result<_, ChangeError<E>> {
                let current = row.and_then(FunctionRow::live).ok_or(ChangeError::NotFound)?;
                let mut function = current.clone();
                decide(&mut function).map_err(ChangeError::Refused)?;
                Ok(Some(FunctionRow(FunctionRecord::Live(Box::new(function)))))
            })
            .await?;
        let function = written.as_ref().and_then(|row| row.value.live()).cloned();
        function.ok_or(ChangeError::NotFound)
    }

    /// Deletes a function with all its versions and aliases; the number that its versions reached stays.
    pub async fn delete(
        &self,
        region: &Region,
        name: &FunctionName,
    ) -> Result<Function, ChangeError<std::convert::Infallible>> {
        let mut deleted = None;
        let key = rows::function_key(region, name);
        self.rows
            .update(&key, |row| -> Result<_, ChangeError<_>> {
                let function = row.and_then(FunctionRow::live).ok_or(ChangeError::NotFound)?;
                let last_number = function.last_number;
                deleted = Some(function.clone());
                Ok(Some(FunctionRow(FunctionRecord::Deleted { last_number })))
            })
            .await?;
        let function = deleted.ok_or(ChangeError::NotFound)?;
        let prefix = rows::owned_prefix(function.incarnation);
        empty(&self.versions, &prefix).await.map_err(ChangeError::Store)?;
        empty(&self.aliases, &prefix).await.map_err(ChangeError::Store)?;
        Ok(function)
    }

    /// Publishes what `decide` makes of the function, under the next number.
    ///
    /// `decide` gets the function and the number; it answers the version, and leaves in the
    /// function what publishing changes there. The number is counted here.
    pub async fn publish<E>(
        &self,
        region: &Region,
        name: &FunctionName,
        decide: impl Fn(&mut Function, VersionNumber) -> Result<Version, E>,
    ) -> Result<(Function, Version), ChangeError<E>> {
        // Without the lock a slower publication could overwrite the record of a faster one.
        let _one_at_a_time = self.lock(name).await;
        loop {
            let stored = self.stored(region, name).ok_or(ChangeError::NotFound)?;
            let mut function = stored.value.live().ok_or(ChangeError::NotFound)?.clone();
            let number = VersionNumber(function.last_number + 1);
            let version = decide(&mut function, number).map_err(ChangeError::Refused)?;
            function.last_number = number.0;
            let key = rows::version_key(function.incarnation, number);
            let row = VersionRow(version.clone());
            self.versions.put(&key, &row, Expect::Any).await.map_err(ChangeError::Store)?;
            let row = FunctionRow(FunctionRecord::Live(Box::new(function.clone())));
            match self.rows.put(&stored.key, &row, Expect::Revision(stored.revision)).await {
                Ok(_) => return Ok((function, version)),
                Err(TableError::Records(RecordsError::Conflict { .. })) => {
                    tokio::task::yield_now().await;
                }
                Err(error) => return Err(ChangeError::Store(error)),
            }
        }
    }

    /// Changes a published version's attachments, or whatever else of it may change.
    pub async fn change_version<E>(
        &self,
        function: &Function,
        number: VersionNumber,
        mut decide: impl FnMut(&mut Version) -> Result<(), E>,
    ) -> Result<Version, ChangeError<E>> {
        let key = rows::version_key(function.incarnation, number);
        let written = self
            .versions
            .update(&key, |row| -> Result<_, ChangeError<E>> {
                let mut version = row.ok_or(ChangeError::NotFound)?.0.clone();
                decide(&mut version).map_err(ChangeError::Refused)?;
                Ok(Some(VersionRow(version)))
            })
            .await?;
        written.map(|row| row.value.0.clone()).ok_or(ChangeError::NotFound)
    }

    /// Seals the variables that earlier releases have left in the clear; tells how many records had
    /// some. May be repeated, and interrupted at any moment.
    pub async fn seal_plain(&self, secrets: &Secrets) -> Result<usize, ChangeError<KeyError>> {
        let mut functions = Vec::new();
        self.for_each(|function| functions.push(function.clone()));
        let mut sealed = 0;
        for mut function in functions {
            if secrets.seal_plain(&mut function).map_err(ChangeError::Refused)? {
                let seal = |function: &mut Function| secrets.seal_plain(function).map(|_| ());
                self.change(&function.region, &function.name, seal).await?;
                sealed += 1;
            }
            for row in self.versions(&function, None, usize::MAX) {
                let Some(number) = row.0.number else { continue };
                if !matches!(row.0.settings.environment, Some(Variables::Plain(_))) {
                    continue;
                }
                let of = (&function.region, &function.name);
                let seal = |version: &mut Version| {
                    secrets.seal_one(of, &mut version.settings.environment).map(|_| ())
                };
                self.change_version(&function, number, seal).await?;
                sealed += 1;
            }
        }
        Ok(sealed)
    }

    /// Keeps others from changing which versions and aliases this function has.
    async fn lock(&self, name: &FunctionName) -> MutexGuard<'_, ()> {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(name);
        self.locks[usize::try_from(hash % LOCKS as u64).unwrap_or(0)].lock().await
    }

    /// Removes what belongs to functions that are gone: a crash can come between the deletion of a
    /// function and that of its versions and aliases.
    async fn sweep(&self) -> Result<(), TableError> {
        let mut live = HashSet::new();
        self.for_each(|function| {
            live.insert(function.incarnation.to_string());
        });
        sweep(&self.versions, &live).await?;
        sweep(&self.aliases, &live).await
    }
}

/// Removes the rows under a prefix.
async fn empty<T: Row>(table: &Table<T>, prefix: &str) -> Result<(), TableError> {
    for row in table.range(prefix, None, usize::MAX) {
        table.delete(&row.key, Expect::Any).await?;
    }
    Ok(())
}

/// Removes the rows of incarnations that are not among `live`.
async fn sweep<T: Row>(table: &Table<T>, live: &HashSet<String>) -> Result<(), TableError> {
    for row in table.range("", None, usize::MAX) {
        let incarnation = row.key.split('/').next().unwrap_or_default();
        if !live.contains(incarnation) {
            table.delete(&row.key, Expect::Any).await?;
        }
    }
    Ok(())
}

impl<E> From<TableError> for ChangeError<E> {
    fn from(error: TableError) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
pub(crate) mod tests;
