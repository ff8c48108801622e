//! Grants: what they are, what they permit, and the operations on them.

mod create_grant;
mod list_grants;
mod list_retirable_grants;
mod retire_grant;
mod revoke_grant;

use std::{collections::BTreeMap, sync::Arc};

use api::{
    Access,
    kms::{GrantConstraints, GrantListEntry, errors},
};
use serde::{Deserialize, Serialize};
use store::{Expect, Migrate, Row};
use wire::{ApiError, Timestamp};

use crate::{Keyring, error::unavailable, key::Key, keyring::record};

/// How the condition keys of an encryption context begin.
const CONTEXT: &str = "kms:EncryptionContext:";
/// The condition key that tells what a new grant is to permit.
const OPERATIONS: &str = "kms:GrantOperations";

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) region: String,
    pub(crate) key_id: String,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) grantee: String,
    pub(crate) retiring: Option<String>,
    pub(crate) operations: Vec<String>,
    pub(crate) subset: Option<BTreeMap<String, String>>,
    pub(crate) equals: Option<BTreeMap<String, String>>,
    pub(crate) created_ms: i64,
    /// The function that Lambda has made it for.
    pub(crate) function: Option<String>,
}

impl Migrate for Grant {
    const VERSION: u32 = 1;
}

impl Row for Grant {
    const NAME: &'static str = "kms-grants";
}

/// What somebody wants to do, as grants see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    operation: &'a str,
    context: BTreeMap<&'a str, &'a str>,
    /// What a grant that is to be made is to permit.
    passed_on: Vec<&'a str>,
}

// === impl Asked ===

impl<'a> Asked<'a> {
    pub(crate) fn of(access: &Access<'a>) -> Self {
        let conditions = access.conditions.iter();
        let context = conditions.clone().filter_map(|(key, value)| {
            key.strip_prefix(CONTEXT).map(|name| (name, value.as_str()))
        });
        let passed_on =
            conditions.filter(|(key, _)| key == OPERATIONS).map(|(_, value)| value.as_str());
        Self {
            operation: access.action.strip_prefix("kms:").unwrap_or_default(),
            context: context.collect(),
            passed_on: passed_on.collect(),
        }
    }
}

// === impl Grant ===

impl Grant {
    /// Tells whether the grant permits something to whoever goes by this ARN.
    pub(crate) fn permits(&self, principal: &str, asked: &Asked<'_>) -> bool {
        let has = |operation: &str| self.operations.iter().any(|has| has == operation);
        let holds = match asked.operation {
            // Whoever may pass a grant on passes on no more than it is; one with constraints, nothing.
            "CreateGrant" => {
                self.subset.is_none()
                    && self.equals.is_none()
                    && asked.passed_on.iter().all(|operation| has(operation))
            }
            // Nothing is encrypted, so there is no context to hold against the constraints.
            "DescribeKey" | "RetireGrant" => true,
            _ => self.fits(&asked.context),
        };
        holds && has(asked.operation) && self.grantee == principal
    }

    fn fits(&self, context: &BTreeMap<&str, &str>) -> bool {
        let within = |pairs: &BTreeMap<String, String>| {
            pairs.iter().all(|(name, value)| context.get(name.as_str()) == Some(&value.as_str()))
        };
        self.subset.as_ref().is_none_or(within)
            && self
                .equals
                .as_ref()
                .is_none_or(|pairs| within(pairs) && pairs.len() == context.len())
    }

    pub(crate) fn record(&self) -> String {
        record(&self.region, &format!("{}/{}", self.key_id, self.id))
    }

    /// Gives the token, by which the grant is found again.
    fn token(&self) -> String {
        hex::encode(self.record())
    }

    fn show(&self, keyring: &Keyring) -> GrantListEntry {
        let constrained = self.subset.is_some() || self.equals.is_some();
        GrantListEntry {
            key_id: Some(keyring.here(&self.region).key_arn(&self.key_id)),
            grant_id: Some(self.id.clone()),
            name: Some(self.name.clone().unwrap_or_default()),
            creation_date: Some(Timestamp::from_epoch_ms(self.created_ms)),
            grantee_principal: Some(self.grantee.clone()),
            retiring_principal: self.retiring.clone(),
            issuing_account: Some(format!("arn:aws:iam::{}:root", keyring.account)),
            operations: Some(self.operations.clone()),
            constraints: constrained.then(|| GrantConstraints {
                encryption_context_subset: self.subset.clone(),
                encryption_context_equals: self.equals.clone(),
                source_arn: None,
            }),
            ..GrantListEntry::default()
        }
    }

    /// Tells whether two grants are the same but for when and as what they were made.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let alike = |grant: &Self| Self { id: String::new(), created_ms: 0, ..grant.clone() };
        alike(self) == alike(other)
    }
}

/// Reads what a token is about: a region, the id of a key, and the id of a grant.
pub(crate) fn token_target(token: &str) -> Option<(String, String, String)> {
    let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
    let mut parts = text.splitn(3, '/').map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?))
}

// === impl Keyring: grants ===

impl Keyring {
    /// Finds a grant on a key.
    pub(crate) fn grant(&self, key: &Key, id: &str) -> Result<Arc<Grant>, ApiError> {
        let found = self.grants.get(&record(&key.region, &format!("{}/{id}", key.id)));
        found.map(|stored| stored.value).ok_or_else(no_grant)
    }

    /// Takes a grant back.
    pub(crate) async fn remove(&self, grant: &Grant) -> Result<(), ApiError> {
        match self.grants.delete(&grant.record(), Expect::Any).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(no_grant()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn no_grant() -> ApiError {
    errors::not_found("Grant ID not found")
}

#[cfg(test)]
mod tests;
