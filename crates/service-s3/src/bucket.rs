//! Buckets as they are stored.

use serde::{Deserialize, Serialize};
use store::{Migrate, Row};

use crate::tags::Tag;

/// A bucket and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) created_ms: i64,
    /// Nothing if it never was switched on.
    pub(crate) versioning: Option<Versioning>,
    pub(crate) tags: Option<Vec<Tag>>,
    pub(crate) policy: Option<String>,
    pub(crate) public_access_block: Option<PublicAccessBlock>,
    pub(crate) encryption: Option<Encryption>,
}

/// Whether overwritten and deleted objects are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    Enabled,
    Suspended,
}

/// What is stored of a public access block; there is no public access.
#[expect(clippy::struct_excessive_bools, reason = "AWS's four switches")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PublicAccessBlock {
    pub(crate) block_public_acls: bool,
    pub(crate) ignore_public_acls: bool,
    pub(crate) block_public_policy: bool,
    pub(crate) restrict_public_buckets: bool,
}

/// What is stored of an encryption configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    pub(crate) algorithm: String,
    pub(crate) key_id: Option<String>,
    pub(crate) bucket_key: bool,
}

impl Migrate for Bucket {
    const VERSION: u32 = 1;
}

impl Row for Bucket {
    const NAME: &'static str = "s3-bucket";
}

// === impl Versioning ===

impl Versioning {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Suspended => "Suspended",
        }
    }
}

impl Default for Encryption {
    fn default() -> Self {
        Self { algorithm: "AES256".to_owned(), key_id: None, bucket_key: false }
    }
}
