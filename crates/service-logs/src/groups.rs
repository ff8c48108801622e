//! What is known about log groups beside their streams.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Migrate, Row};

/// The longest part of a group's name that goes into its key as it is: with the name of the table
/// and the region it stays below the 512 bytes of a key, which the longest names alone would fill.
const MAX_KEY_NAME_BYTES: usize = 400;

/// A log group that was created or changed by a request.
///
/// Groups that only functions have written to have no row: the journal knows them, and they have
/// all properties at their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) region: String,
    pub(crate) name: String,
    pub(crate) created_ms: i64,
    pub(crate) class: Class,
    pub(crate) retention_days: Option<u16>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// What a log group is for, which decides its price on AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Class {
    #[default]
    Standard,
    InfrequentAccess,
}

impl Group {
    /// Makes a group with all properties at their defaults.
    pub(crate) fn new(region: &str, name: &str, created_ms: i64) -> Self {
        Self {
            region: region.to_owned(),
            name: name.to_owned(),
            created_ms,
            class: Class::Standard,
            retention_days: None,
            tags: BTreeMap::new(),
        }
    }

    /// Returns the key of the row of a group.
    pub(crate) fn key(region: &str, name: &str) -> String {
        match name.get(..MAX_KEY_NAME_BYTES) {
            Some(start) if name.len() > MAX_KEY_NAME_BYTES => {
                // No group's name holds `~`, so no short name has the key of a long one.
                format!("{region}/{start}~{}", hex::encode(Sha256::digest(name)))
            }
            _ => format!("{region}/{name}"),
        }
    }

    /// Returns what the keys of all groups whose name starts with `prefix` start with; keys of
    /// groups with other names may as well.
    pub(crate) fn key_prefix(region: &str, prefix: &str) -> String {
        format!("{region}/{}", prefix.get(..MAX_KEY_NAME_BYTES).unwrap_or(prefix))
    }
}

impl Migrate for Group {
    const VERSION: u32 = 1;
}

impl Row for Group {
    const NAME: &'static str = "log-group";
}

impl Class {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "STANDARD" => Some(Self::Standard),
            "INFREQUENT_ACCESS" => Some(Self::InfrequentAccess),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::InfrequentAccess => "INFREQUENT_ACCESS",
        }
    }
}

#[cfg(test)]
mod tests {
    use store::Key;

    use super::*;

    #[test]
    fn every_name_has_a_key_of_its_own_under_the_prefix_of_its_start() {
        let (long, longer) = ("g".repeat(511), "g".repeat(512));
        let region = "ap-southeast-99";
        assert_ne!(Group::key(region, &long), Group::key(region, &longer));
        for name in ["/aws/lambda/f", &long, &longer] {
            let key = Group::key(region, name);
            assert!(Key::new(format!("{}/{key}", Group::NAME)).is_ok());
            assert!(key.starts_with(&Group::key_prefix(region, name)));
        }
    }
}
