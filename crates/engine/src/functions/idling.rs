//! Versions for which something is held outside, and their way to inactivity and back.

use std::sync::Arc;

use model::{
    function::{Event, Function, FunctionState, Version},
    names::VersionNumber,
};
use store::Stored;

use super::{
    ChangeError, Functions,
    rows::{self, FunctionRow, VersionRow},
};

/// `$LATEST` or a published version, with its function.
#[derive(Clone, Debug)]
pub struct Held {
    function: Arc<FunctionRow>,
    version: Option<Arc<VersionRow>>,
}

/// The event changes nothing: the version is in another state.
#[derive(Debug, thiserror::Error)]
#[error("the version is {0:?}")]
pub struct Unchanged(pub FunctionState);

// === impl Held ===

impl Held {
    /// Gives the function, unless it was deleted.
    pub fn function(&self) -> Option<&Function> {
        self.function.live()
    }

    /// Gives the version, unless its function was deleted.
    pub fn version(&self) -> Option<&Version> {
        match &self.version {
            Some(row) => Some(&row.0),
            None => Some(&self.function()?.latest),
        }
    }
}

// === impl Functions: idling ===

impl Functions {
    /// Lists the versions for which something is held outside, `$LATEST` among them.
    pub fn holding_outside(&self) -> Vec<Held> {
        let latest = |row: &FunctionRow| row.live().is_some_and(|f| f.latest.holds_outside());
        let functions = self.rows.view().select(latest);
        let mut held: Vec<Held> = functions
            .into_iter()
            .map(|function| Held { function: function.value, version: None })
            .collect();
        let published = self.versions.view().select(|row| row.0.holds_outside());
        held.extend(published.into_iter().filter_map(|version| {
            let (function, version) = self.owned(version)?;
            Some(Held { function, version: Some(version) })
        }));
        held
    }

    /// Lets a version, `$LATEST` if it has no number, meet an event; gives it as it is then.
    pub async fn meet(
        &self,
        function: &Function,
        number: Option<VersionNumber>,
        event: Event,
    ) -> Result<Version, ChangeError<Unchanged>> {
        let meet = |version: &mut Version| {
            if version.meet(event.clone()) {
                Ok(())
            } else {
                Err(Unchanged(version.readiness.state.clone()))
            }
        };
        if let Some(number) = number {
            return self.change_version(function, number, meet).await;
        }
        let of_latest = |current: &mut Function| {
            if current.incarnation == function.incarnation {
                meet(&mut current.latest)
            } else {
                Err(Unchanged(current.latest.readiness.state.clone()))
            }
        };
        let changed = self.change(&function.region, &function.name, of_latest).await?;
        Ok(changed.latest)
    }

    /// Finds the function that a version belongs to, if it tells of the version.
    pub(super) fn owned(
        &self,
        version: Stored<VersionRow>,
    ) -> Option<(Arc<FunctionRow>, Arc<VersionRow>)> {
        let owner = rows::incarnation_name(rows::owner(&version.key));
        let function = self.rows.find(&owner)?.value;
        // The record of a version is there before its function tells of it.
        let last = function.live()?.last_number;
        let is_published = version.value.0.number.is_some_and(|number| number.0 <= last);
        is_published.then_some((function, version.value))
    }
}
