//! `State` and `LastUpdateStatus` of a version, and what may become of them: a pure decision.
//!
//! Source: Developer Guide, "Lambda function states"; AWS Compute Blog, "Tracking the state of Lambda functions",
//! for updates of inactive functions; and recorded answers.

use serde::{Deserialize, Serialize};

/// Why something is not as it should be, in the API's words.
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
    /// It is being made ready for the first time.
    Pending,
    /// It can be invoked.
    Active,
    /// It could not be made ready.
    Failed(Trouble),
    /// What was held for it was taken back, since nobody used it; or could not be had again.
    Inactive(Trouble),
    /// It is being made ready again, after it was inactive; the API calls this pending as well.
    Restoring,
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

/// What happens to a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its customer changes it.
    UpdateBegun,
    /// What was in progress is done, or cannot be done.
    Settled(Result<(), Trouble>),
    /// Nobody has used it for long.
    FoundIdle,
    /// It is to be used, and is not ready.
    Wanted,
}

// === impl Trouble ===

impl Trouble {
    /// The code of what is inactive for no other reason than that nobody used it.
    const IDLE: &'static str = "Idle";

    /// Says that nobody has used a version; the text is AWS's, as users have recorded it.
    pub fn idle() -> Self {
        Self { code: Self::IDLE.to_owned(), reason: "The function is currently idle.".to_owned() }
    }

    /// Tells whether that is all.
    pub fn is_idle(&self) -> bool {
        self.code == Self::IDLE
    }
}

// === impl Readiness ===

impl Readiness {
    /// Gives the readiness of a function that was just created.
    pub fn created() -> Self {
        Self { state: FunctionState::Pending, last_update: LastUpdate::Never }
    }

    /// Tells whether something is in progress, which refuses further changes.
    pub fn in_progress(&self) -> bool {
        matches!(self.state, FunctionState::Pending | FunctionState::Restoring)
            || self.last_update == LastUpdate::InProgress
    }

    /// Decides what becomes of it; `None` if the event changes nothing.
    pub fn after(&self, event: Event) -> Option<Self> {
        use FunctionState as S;
        let last_update = self.last_update.clone();
        match (&self.state, event) {
            (state, Event::UpdateBegun) if !self.in_progress() => {
                Some(Self { state: state.clone(), last_update: LastUpdate::InProgress })
            }
            (S::Active, Event::FoundIdle) if !self.in_progress() => {
                Some(Self { state: S::Inactive(Trouble::idle()), last_update })
            }
            (S::Inactive(_), Event::Wanted) if !self.in_progress() => {
                Some(Self { state: S::Restoring, last_update })
            }
            (_, Event::Settled(outcome)) if self.in_progress() => Some(self.ended(outcome)),
            _ => None,
        }
    }

    /// Ends what is in progress. Without anything in progress nothing changes.
    #[must_use]
    pub fn settled(self, outcome: Result<(), Trouble>) -> Self {
        self.after(Event::Settled(outcome)).unwrap_or(self)
    }

    fn ended(&self, outcome: Result<(), Trouble>) -> Self {
        use FunctionState as S;
        let last_update = self.last_update.clone();
        match (&self.state, outcome) {
            // Its last change is what it was.
            (S::Restoring, Ok(())) => Self { state: S::Active, last_update },
            (S::Restoring, Err(trouble)) => Self { state: S::Inactive(trouble), last_update },
            (S::Pending, Err(trouble)) => Self { state: S::Failed(trouble), last_update },
            // An update that succeeds makes up for a creation that failed, and for what was taken back.
            (_, Ok(())) => Self { state: S::Active, last_update: LastUpdate::Successful },
            (state, Err(trouble)) => {
                Self { state: state.clone(), last_update: LastUpdate::Failed(trouble) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
