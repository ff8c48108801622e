//! What can be attached to `$LATEST`, to a published version or to an alias without changing it.
//!
//! All of it is part of the record of what it is attached to, so it comes and goes with that.

use serde::{Deserialize, Serialize};

use super::{FunctionUrl, Provisioned};
use crate::timestamp::Timestamp;

/// Everything that is attached to one qualifier of a function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachments {
    /// The resource policy: its document as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What becomes of asynchronous events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_invoke: Option<EventInvoke>,
    /// The address of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<FunctionUrl>,
    /// When the runtime's version changes; `None` whenever there is a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_updates: Option<RuntimeUpdates>,
    /// Environments to be kept ready; only versions and aliases have some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioned: Option<Provisioned>,
}

/// What becomes of asynchronous events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventInvoke {
    /// How often a function error is tried again.
    pub maximum_retry_attempts: Option<u32>,
    /// How old an event may become.
    pub maximum_event_age_seconds: Option<u32>,
    /// Where a record of success goes, as an ARN.
    pub on_success: Option<String>,
    /// Where a record of failure goes, as an ARN.
    pub on_failure: Option<String>,
    /// When this was last changed.
    pub last_modified: Timestamp,
}

/// When the version of a function's runtime changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuntimeUpdates {
    /// Whenever there is a new one.
    Auto,
    /// When the function is updated.
    FunctionUpdate,
    /// Never: it stays at this ARN.
    Manual(String),
}

/// What is done about a function that calls itself without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecursiveLoop {
    /// It is stopped.
    #[default]
    Terminate,
    /// Nothing.
    Allow,
}

// === impl Attachments ===

impl Attachments {
    /// Tells whether nothing is attached.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

// === impl RecursiveLoop ===

impl RecursiveLoop {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terminate => "Terminate",
            Self::Allow => "Allow",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Terminate, Self::Allow].into_iter().find(|choice| choice.as_str() == word)
    }
}

// === impl RuntimeUpdates ===

impl RuntimeUpdates {
    /// Gives the API's word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Auto => "Auto",
            Self::FunctionUpdate => "FunctionUpdate",
            Self::Manual(_) => "Manual",
        }
    }
}
