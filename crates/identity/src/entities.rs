//! What is stored: one record for each user, role and managed policy.
//!
//! A user's keys and a user's or role's policies are in its own record, so that each change is one
//! compare-and-set.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};
use store::{Migrate, Row};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name as it was written; names that differ by case alone are the same.
    pub name: String,
    /// The path, `/` or `/…/`.
    pub path: String,
    /// The unique id, `AIDA…`.
    pub id: String,
    /// When it was created, in milliseconds since the epoch.
    pub created_ms: i64,
    /// What it may do.
    pub grants: Grants,
    /// The access keys, oldest first.
    pub keys: Vec<AccessKey>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The name as it was written; names that differ by case alone are the same.
    pub name: String,
    /// The path, `/` or `/…/`.
    pub path: String,
    /// The unique id, `AROA…`.
    pub id: String,
    /// When it was created, in milliseconds since the epoch.
    pub created_ms: i64,
    /// The description.
    pub description: Option<String>,
    /// How long a session may be asked for, in seconds.
    pub max_session_s: u32,
    /// Who may take it on.
    pub trust: String,
    /// What it may do.
    pub grants: Grants,
}

/// What a user or role may do, and its tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// The inline policies by name.
    pub inline: BTreeMap<String, String>,
    /// The ARNs of the managed policies.
    pub attached: BTreeSet<String>,
    /// The ARN of the managed policy that is the permissions boundary.
    pub boundary: Option<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// An access key of a user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The id, `AKIA…`.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// Whether it may be used.
    pub active: bool,
    /// When it was created, in milliseconds since the epoch.
    pub created_ms: i64,
}

/// A managed policy of this account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The name as it was written; names that differ by case alone are the same.
    pub name: String,
    /// The path, `/` or `/…/`.
    pub path: String,
    /// The unique id, `ANPA…`.
    pub id: String,
    /// The description.
    pub description: Option<String>,
    /// When it was created, in milliseconds since the epoch.
    pub created_ms: i64,
    /// When it was changed last, in milliseconds since the epoch.
    pub updated_ms: i64,
    /// The versions, oldest first.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version in force.
    pub default_version: u32,
    /// The highest number ever given out.
    pub last_version: u32,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The number; it is called `v` and the number.
    pub number: u32,
    /// The document.
    pub document: String,
    /// When it was created, in milliseconds since the epoch.
    pub created_ms: i64,
}

// === impl User ===

impl User {
    /// Gives the ARN.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }
}

impl Migrate for User {
    const VERSION: u32 = 1;
}

impl Row for User {
    const NAME: &'static str = "iam-user";
}

// === impl Role ===

impl Role {
    /// Gives the ARN.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}

impl Migrate for Role {
    const VERSION: u32 = 1;
}

impl Row for Role {
    const NAME: &'static str = "iam-role";
}

// === impl AccessKey ===

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

// === impl ManagedPolicy ===

impl ManagedPolicy {
    /// Gives the ARN.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }

    /// Finds a version.
    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == number)
    }
}

impl Migrate for ManagedPolicy {
    const VERSION: u32 = 1;
}

impl Row for ManagedPolicy {
    const NAME: &'static str = "iam-policy";
}
