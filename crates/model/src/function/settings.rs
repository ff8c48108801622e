//! What a customer chose for a function.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Outside, Variables};
use crate::code_signing::{Signature, Signing};

/// The settings of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The runtime identifier.
    pub runtime: String,
    /// The execution role's ARN.
    pub role: String,
    /// The handler string, which only the runtime reads.
    pub handler: String,
    /// Free text.
    pub description: String,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Memory of an environment; CPU follows it.
    pub memory_mib: u32,
    /// Size of `/tmp`.
    pub ephemeral_storage_mib: u32,
    /// The customer's variables; `None` until the customer sent some.
    pub environment: Option<Variables>,
    /// The instruction set that the code was built for.
    pub architecture: Architecture,
    /// Zip or image.
    pub package_type: PackageType,
    /// The deployment package.
    pub code: Code,
    /// The signature that its code signing configuration has accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Signed>,
    /// The layers, which are laid over each other in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerUse>,
    /// What it uses of the world outside.
    #[serde(default, skip_serializing_if = "Outside::is_empty")]
    pub outside: Outside,
    /// Where the log goes and how it looks.
    pub logging: Logging,
    /// Whether the platform samples traces.
    pub tracing: TracingMode,
    /// Whether published versions start from a snapshot.
    pub snap_start: SnapStart,
}

/// A deployment package, kept as a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// SHA-256 of the zip, 64 hex digits; also the blob's digest.
    pub sha256: String,
    /// Bytes of the zip.
    pub size_bytes: u64,
    /// Bytes of what is in it.
    #[serde(default)]
    pub unzipped_bytes: u64,
    /// Its signature, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// The ARN of the customer's key that it was to be encrypted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

/// Which signature was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The ARN of the version of the signing profile.
    pub profile_version: String,
    /// The ARN of the signing job.
    pub job: String,
}

/// A layer's version as a function uses it: it stays, whatever becomes of the layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerUse {
    /// The ARN of the version.
    pub arn: String,
    /// The archive.
    pub content: Code,
}

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit Arm.
    Arm64,
}

/// How the code was packaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PackageType {
    /// A zip archive.
    Zip,
}

/// A function's `LoggingConfig`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// Text or JSON, with the levels that only JSON has.
    pub format: LogFormat,
    /// The log group.
    pub group: String,
}

/// The format of a function's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFormat {
    /// Plain lines.
    Text,
    /// One JSON object for each event.
    Json {
        /// Threshold of the function's own lines.
        application_level: String,
        /// Threshold of the platform's lines.
        system_level: String,
    },
}

/// A function's `TracingConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TracingMode {
    /// The caller's decision is passed on.
    PassThrough,
    /// The platform decides.
    Active,
}

/// A function's `SnapStart`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapStart {
    /// Every environment initialises on its own.
    None,
    /// Environments of published versions are restored from a snapshot.
    PublishedVersions,
}

// === impl Code ===

impl Code {
    /// Gives the package's signature, if it is what it says.
    pub fn signature(&self) -> Option<&Signature> {
        match &self.signing {
            Some(Signing::Valid(signature)) => Some(signature),
            Some(Signing::Broken(_)) | None => None,
        }
    }
}

// === impl Architecture ===

impl Architecture {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64].into_iter().find(|a| a.as_str() == word)
    }

    /// Gives the instruction set that this program was built for, which its machine runs.
    pub const fn native() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X86_64 }
    }
}

// === impl TracingMode ===

impl TracingMode {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PassThrough => "PassThrough",
            Self::Active => "Active",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::PassThrough, Self::Active].into_iter().find(|mode| mode.as_str() == word)
    }
}

// === impl SnapStart ===

impl SnapStart {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::PublishedVersions => "PublishedVersions",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::None, Self::PublishedVersions].into_iter().find(|choice| choice.as_str() == word)
    }
}

// === impl Settings ===

impl Settings {
    /// Tells whether publishing `self` after `published` would give the same version again.
    /// The description given at publishing belongs to the version alone and is not compared.
    pub fn publishes_same_as(&self, published: &Self) -> bool {
        let without_description =
            |settings: &Self| Self { description: String::new(), ..settings.clone() };
        without_description(self) == without_description(published)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn settings(handler: &str) -> Settings {
        Settings {
            runtime: "python3.12".into(),
            role: "arn:aws:iam::000000000000:role/r".into(),
            handler: handler.into(),
            description: String::new(),
            timeout: Duration::from_secs(3),
            memory_mib: 128,
            ephemeral_storage_mib: 512,
            environment: None,
            architecture: Architecture::X86_64,
            package_type: PackageType::Zip,
            code: Code {
                sha256: "00".repeat(32),
                size_bytes: 1,
                unzipped_bytes: 1,
                signing: None,
                kms_key: None,
            },
            accepted: None,
            layers: Vec::new(),
            outside: Outside::default(),
            logging: Logging { format: LogFormat::Text, group: "/aws/lambda/f".into() },
            tracing: TracingMode::PassThrough,
            snap_start: SnapStart::None,
        }
    }

    #[test]
    fn a_description_alone_does_not_make_a_new_version() {
        let published = Settings { description: "release".into(), ..settings("a") };
        assert!(settings("a").publishes_same_as(&published));
        assert!(!settings("b").publishes_same_as(&published));
    }

    #[test]
    fn words_round_trip() {
        for architecture in [Architecture::X86_64, Architecture::Arm64] {
            assert_eq!(Architecture::from_word(architecture.as_str()), Some(architecture));
        }
        assert_eq!(TracingMode::from_word("active"), None);
    }
}
