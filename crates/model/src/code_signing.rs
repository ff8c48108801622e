//! Code signing configurations: whose signatures a function's code has to have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{names::Region, timestamp::Timestamp};

/// A code signing configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSigningConfig {
    /// The region that it lives in.
    pub region: Region,
    /// `csc-` and 17 hex digits.
    pub id: String,
    /// Free text.
    pub description: String,
    /// The versions of signing profiles whose signatures count, as ARNs.
    pub publishers: Vec<String>,
    /// What becomes of code without such a signature.
    pub untrusted: Untrusted,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// The customer's tags.
    pub tags: BTreeMap<String, String>,
}

/// What becomes of code that nobody trusted has signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Untrusted {
    /// It is deployed, and counted.
    #[default]
    Warn,
    /// It is refused.
    Enforce,
}

// === impl Untrusted ===

impl Untrusted {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "Warn",
            Self::Enforce => "Enforce",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Warn, Self::Enforce].into_iter().find(|choice| choice.as_str() == word)
    }
}
