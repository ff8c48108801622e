//! Function URLs: an address of its own for a function or an alias.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// The URL of a function or an alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionUrl {
    /// The first label of its host name: 32 lower-case letters and digits, never given twice.
    pub id: String,
    /// Who may call it.
    pub auth: UrlAuth,
    /// What browsers of other origins may do.
    pub cors: Option<Cors>,
    /// How answers are sent; `None` until it was chosen, which is as `Buffered`.
    pub invoke_mode: Option<InvokeMode>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub last_modified: Timestamp,
}

/// Who may call a function URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UrlAuth {
    /// Whoever the policy allows, without a signature.
    None,
    /// Whoever signs and is allowed.
    AwsIam,
}

/// How a function URL answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvokeMode {
    /// At once, when the function has ended.
    Buffered,
    /// As the function writes.
    ResponseStream,
}

/// What browsers of other origins may do; `None` and an empty list were sent as such.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// Whether cookies and the like may be sent.
    pub allow_credentials: Option<bool>,
    /// Headers that may be sent.
    pub allow_headers: Option<Vec<String>>,
    /// Methods that may be used.
    pub allow_methods: Option<Vec<String>>,
    /// Origins that may call.
    pub allow_origins: Option<Vec<String>>,
    /// Headers of the answer that may be read.
    pub expose_headers: Option<Vec<String>>,
    /// How long browsers may keep all this, in seconds.
    pub max_age_seconds: Option<u32>,
}

// === impl UrlAuth ===

impl UrlAuth {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::AwsIam => "AWS_IAM",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::None, Self::AwsIam].into_iter().find(|auth| auth.as_str() == word)
    }
}

// === impl InvokeMode ===

impl InvokeMode {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buffered => "BUFFERED",
            Self::ResponseStream => "RESPONSE_STREAM",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Buffered, Self::ResponseStream].into_iter().find(|mode| mode.as_str() == word)
    }
}
