//! A function's environment variables, as they are kept: sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The customer's variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Variables {
    /// As earlier releases kept them; sealed at the next start.
    Plain(BTreeMap<String, String>),
    /// Sealed; only an environment that starts, and whoever may read the configuration, sees them.
    Sealed(SealedVariables),
}

/// Variables that only the right key opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedVariables {
    /// The ARN of the customer's key, if not the installation's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The names, which decide in what an environment can be started, and are no secret.
    pub names: Vec<String>,
    /// The data key, wrapped.
    pub data_key: String,
    /// Names and values, sealed.
    pub sealed: String,
}

// === impl Variables ===

impl Variables {
    /// Gives the ARN of the customer's key that sealed them, if one did.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::Sealed(sealed) => sealed.key.as_deref(),
        }
    }

    /// Gives the names.
    pub fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Plain(variables) => Box::new(variables.keys().map(String::as_str)),
            Self::Sealed(sealed) => Box::new(sealed.names.iter().map(String::as_str)),
        }
    }
}
