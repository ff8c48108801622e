//! `State` and `LastUpdateStatus` of a version.
//!
//! Source: Developer Guide, "Lambda function states", and recorded answers.

use serde::{Deserialize, Serialize};

/// Why something failed, in the API's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// A `StateReasonCode`.
    pub code: String,
    /// A sentence for people.
    pub reason: String,
}

/// Whether a version can be invoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FunctionState {
    /// It is being made ready.
    Pending,
    /// It can be invoked.
    Active,
    /// It could not be made ready.
    Failed(Trouble),
}

/// How the last change of a version went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastUpdate {
    /// The version has not been ready since its creation; the API shows nothing.
    Never,
    /// The change is being made ready.
    InProgress,
    /// The change is in force.
    Successful,
    /// The change could not be made; what was before it keeps serving.
    Failed(Trouble),
}

/// Both together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Whether the version can be invoked.
    pub state: FunctionState,
    /// How its last change went.
    pub last_update: LastUpdate,
}

// === impl Readiness ===

impl Readiness {
    /// Gives the readiness of a function that was just created.
    pub fn created() -> Self {
        Self { state: FunctionState::Pending, last_update: LastUpdate::Never }
    }

    /// Tells whether something is in progress, which refuses further changes.
    pub fn in_progress(&self) -> bool {
        self.state == FunctionState::Pending || self.last_update == LastUpdate::InProgress
    }

    /// Ends what is in progress. Without anything in progress nothing changes.
    #[must_use]
    pub fn settled(self, outcome: Result<(), Trouble>) -> Self {
        match (self.state, self.last_update, outcome) {
            // An update that succeeds makes up for a creation that failed.
            (FunctionState::Pending, _, Ok(()))
            | (FunctionState::Failed(_), LastUpdate::InProgress, Ok(())) => {
                Self { state: FunctionState::Active, last_update: LastUpdate::Successful }
            }
            (FunctionState::Pending, last_update, Err(trouble)) => {
                Self { state: FunctionState::Failed(trouble), last_update }
            }
            (state, LastUpdate::InProgress, Ok(())) => {
                Self { state, last_update: LastUpdate::Successful }
            }
            (state, LastUpdate::InProgress, Err(trouble)) => {
                Self { state, last_update: LastUpdate::Failed(trouble) }
            }
            (state, last_update, _) => Self { state, last_update },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble() -> Trouble {
        Trouble { code: "InternalError".into(), reason: "no".into() }
    }

    #[test]
    fn a_creation_ends_active_or_failed() {
        let active = Readiness::created().settled(Ok(()));
        assert_eq!(active.state, FunctionState::Active);
        assert_eq!(active.last_update, LastUpdate::Successful);
        let failed = Readiness::created().settled(Err(trouble()));
        assert_eq!(failed.state, FunctionState::Failed(trouble()));
        assert_eq!(failed.last_update, LastUpdate::Never);
    }

    #[test]
    fn a_failed_update_leaves_the_function_active() {
        let updating =
            Readiness { state: FunctionState::Active, last_update: LastUpdate::InProgress };
        assert!(updating.in_progress());
        let failed = updating.settled(Err(trouble()));
        assert_eq!(failed.state, FunctionState::Active);
        assert_eq!(failed.last_update, LastUpdate::Failed(trouble()));
    }

    #[test]
    fn a_failed_function_stays_failed_until_an_update_succeeds() {
        let failed = Readiness::created().settled(Err(trouble()));
        let updating = Readiness { last_update: LastUpdate::InProgress, ..failed };
        let again = updating.clone().settled(Err(trouble()));
        assert_eq!(again.state, FunctionState::Failed(trouble()));
        assert_eq!(again.last_update, LastUpdate::Failed(trouble()));
        assert_eq!(updating.settled(Ok(())), Readiness::created().settled(Ok(())));
    }

    #[test]
    fn settling_twice_changes_nothing() {
        let once = Readiness::created().settled(Ok(()));
        assert_eq!(once.clone().settled(Err(trouble())), once);
    }
}
