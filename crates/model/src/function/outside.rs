//! What a function reaches, or is to reach, in the world around it.

use serde::{Deserialize, Serialize};

/// What of the world outside a function uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outside {
    /// Where asynchronous events go that failed, as the ARN of a queue or a topic.
    pub dead_letters: Option<String>,
    /// The network; `None` until one was chosen, empty after it was given up.
    pub vpc: Option<Vpc>,
    /// The customer's key that seals the environment variables, as an ARN.
    pub kms_key: Option<String>,
    /// File systems under `/mnt`.
    pub file_systems: Vec<FileSystem>,
}

/// A function's `VpcConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    /// Subnets, by id.
    pub subnets: Vec<String>,
    /// Security groups, by id.
    pub security_groups: Vec<String>,
    /// Whether IPv6 may leave dual-stack subnets.
    pub ipv6: bool,
}

/// One of a function's `FileSystemConfigs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// The ARN of the access point.
    pub arn: String,
    /// Where it is mounted.
    pub path: String,
}

// === impl Outside ===

impl Outside {
    /// Tells whether nothing was ever chosen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether the function is in a network.
    pub fn is_in_vpc(&self) -> bool {
        self.vpc.as_ref().is_some_and(|vpc| !vpc.subnets.is_empty())
    }
}
