//! Aliases, and the rule that no alias stands for a version that is not there.
//!
//! A version and the aliases that stand for it are different records, so whoever changes either
//! holds the function's lock meanwhile.

use std::sync::Arc;

use model::{
    function::{Alias, Function},
    names::{AliasName, VersionNumber},
};
use store::{Expect, RecordsError, TableError};

use super::{
    Functions,
    rows::{self, AliasRow, FunctionRow},
};

/// Says why an alias was not created or changed.
#[derive(Debug, thiserror::Error)]
pub enum AliasError<E> {
    /// There is one of this name.
    #[error("the alias exists")]
    Exists,
    /// There is none of this name.
    #[error("there is no such alias")]
    NotFound,
    /// A version that it would stand for is not there.
    #[error("there is no version {}", .0.0)]
    NoVersion(VersionNumber),
    /// Whoever wanted the change decided against it.
    #[error("the change was refused")]
    Refused(E),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] TableError),
}

/// Says why a version was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteVersionError {
    /// These aliases stand for it.
    #[error("aliases stand for the version")]
    InUse(Vec<AliasName>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] TableError),
}

// === impl Functions: aliases ===

impl Functions {
    /// Finds an alias.
    pub fn alias(&self, function: &Function, name: &AliasName) -> Option<Arc<AliasRow>> {
        self.aliases.get(&rows::alias_key(function.incarnation, name)).map(|row| row.value)
    }

    /// Lists aliases by name, after `after`, at most `limit`.
    pub fn aliases(
        &self,
        function: &Function,
        after: Option<&AliasName>,
        limit: usize,
    ) -> Vec<Arc<AliasRow>> {
        let prefix = rows::owned_prefix(function.incarnation);
        let after = after.map(|name| rows::alias_key(function.incarnation, name));
        let rows = self.aliases.range(&prefix, after.as_deref(), limit);
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Creates an alias.
    pub async fn create_alias(
        &self,
        function: &Function,
        alias: Alias,
    ) -> Result<Alias, AliasError<std::convert::Infallible>> {
        let _unchanged = self.lock(&function.name).await;
        self.check_targets(function, &alias)?;
        let key = rows::alias_key(function.incarnation, &alias.name);
        match self.aliases.put(&key, &AliasRow(alias.clone()), Expect::Absent).await {
            Ok(_) => Ok(alias),
            Err(TableError::Records(RecordsError::Conflict { .. })) => Err(AliasError::Exists),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes an alias; `decide` may be called again if someone else changed it meanwhile.
    pub async fn change_alias<E>(
        &self,
        function: &Function,
        name: &AliasName,
        mut decide: impl FnMut(&mut Alias) -> Result<(), E>,
    ) -> Result<Alias, AliasError<E>> {
        let _unchanged = self.lock(&function.name).await;
        let written = self
            .aliases
            .update(&rows::alias_key(function.incarnation, name), |row| {
                let mut alias = row.ok_or(AliasError::NotFound)?.0.clone();
                decide(&mut alias).map_err(AliasError::Refused)?;
                self.check_targets(function, &alias)?;
                Ok::<_, AliasError<E>>(Some(AliasRow(alias)))
            })
            .await?;
        written.map(|row| row.value.0.clone()).ok_or(AliasError::NotFound)
    }

    /// Deletes an alias, and tells whether there was one.
    pub async fn delete_alias(
        &self,
        function: &Function,
        name: &AliasName,
    ) -> Result<bool, TableError> {
        self.aliases.delete(&rows::alias_key(function.incarnation, name), Expect::Any).await
    }

    /// Deletes one published version, if it is there and no alias stands for it.
    pub async fn delete_version(
        &self,
        function: &Function,
        number: VersionNumber,
    ) -> Result<bool, DeleteVersionError> {
        let _unchanged = self.lock(&function.name).await;
        let aliases = self.aliases(function, None, usize::MAX);
        let users = aliases.iter().filter(|row| row.0.stands_for(number));
        let users: Vec<AliasName> = users.map(|row| row.0.name.clone()).collect();
        if !users.is_empty() {
            return Err(DeleteVersionError::InUse(users));
        }
        let key = rows::version_key(function.incarnation, number);
        Ok(self.versions.delete(&key, Expect::Any).await?)
    }

    fn check_targets<E>(&self, function: &Function, alias: &Alias) -> Result<(), AliasError<E>> {
        let second = alias.additional.map(|second| second.number);
        for number in [alias.target, second].into_iter().flatten() {
            // The caller's copy of the function may be older than the version.
            let row = self.get(&function.region, &function.name);
            let current = row.as_deref().and_then(FunctionRow::live);
            let same = current.filter(|current| current.incarnation == function.incarnation);
            if same.and_then(|current| self.version(current, number)).is_none() {
                return Err(AliasError::NoVersion(number));
            }
        }
        Ok(())
    }
}
