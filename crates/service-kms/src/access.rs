//! What authorisation asks about keys: which one is meant, its policy, its tags and its grants.

use std::{collections::BTreeMap, sync::Arc};

use api::{Access, KeyArns, Resources};

use crate::{
    Keyring,
    ciphertext::Ciphertext,
    grants::Asked,
    key::Key,
    names::{Named, region_of},
};

impl Keyring {
    /// Finds the key of an ARN, which is not the ARN of an alias.
    fn by_arn(&self, arn: &str) -> Option<Arc<Key>> {
        let region = region_of(arn).filter(|_| arn.starts_with("arn:aws:kms:"))?;
        match self.here(region).read(arn).ok()? {
            Named::Key(id) => self.get(region, &id),
            Named::Alias(_) => None,
        }
    }
}

impl Resources for Keyring {
    fn policy(&self, arn: &str) -> Option<Arc<str>> {
        self.by_arn(arn).map(|key| key.policy.as_str().into())
    }

    fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        self.by_arn(arn).map(|key| key.tags.clone()).unwrap_or_default()
    }

    fn is_guarded(&self, arn: &str) -> bool {
        self.by_arn(arn).is_some()
    }

    fn grants(&self, principal: &str, access: &Access<'_>) -> bool {
        let Some(key) = self.by_arn(access.resource) else { return false };
        let asked = Asked::of(access);
        self.grants_on(&key).iter().any(|grant| grant.value.permits(principal, &asked))
    }
}

impl KeyArns for Keyring {
    fn key_arn(&self, region: &str, named: &str) -> Option<String> {
        let here = self.here(region);
        match here.read(named).ok()? {
            Named::Key(id) => Some(here.key_arn(&id)),
            Named::Alias(name) => self.target(here, &name).map(|id| here.key_arn(&id)),
        }
    }

    fn ciphertext_key_arn(&self, blob: &[u8]) -> Option<String> {
        Ciphertext::read(blob).map(|found| found.key_arn.to_owned())
    }
}

impl KeyArns for crate::Kms {
    fn key_arn(&self, region: &str, named: &str) -> Option<String> {
        self.keyring.key_arn(region, named)
    }

    fn ciphertext_key_arn(&self, blob: &[u8]) -> Option<String> {
        self.keyring.ciphertext_key_arn(blob)
    }
}
