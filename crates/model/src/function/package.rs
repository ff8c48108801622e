//! What of a function is run: an archive with a runtime for it, or a container image.
//!
//! Each kind has settings of its own, so that none can be stored with a function of the other kind.

use serde::{Deserialize, Serialize};

use super::{ImageUri, SnapStart};
use crate::code_signing::{Signature, Signing};

/// A package of either kind, by `PackageType`; a function keeps its kind for life.
///
/// Stored among the other settings, the kind under `package_type`: so did releases that knew one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "package_type")]
#[expect(clippy::large_enum_variant, reason = "nearly all functions have an archive")]
pub enum Package {
    /// An archive.
    Zip(ZipPackage),
    /// A container image.
    Image(ImagePackage),
}

/// A kind of package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum PackageType {
    /// An archive.
    Zip,
    /// A container image.
    Image,
}

/// An archive, and what goes with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZipPackage {
    /// The runtime identifier.
    pub runtime: String,
    /// The handler string, which only the runtime reads.
    pub handler: String,
    /// The archive.
    pub code: Code,
    /// The signature that its code signing configuration has accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Signed>,
    /// The layers, which are laid over each other in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerUse>,
    /// Whether published versions start from a snapshot.
    pub snap_start: SnapStart,
}

/// A container image, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImagePackage {
    /// Where the image is.
    pub image_uri: ImageUri,
    /// What replaces the image's own settings.
    #[serde(skip_serializing_if = "ImageConfig::is_empty")]
    pub image_config: ImageConfig,
}

/// A function's `ImageConfig`; what is empty is as the image says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// What is executed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entry_point: Vec<String>,
    /// The arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Where it is executed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_directory: String,
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

// === impl Package ===

impl Package {
    /// Gives the kind.
    pub fn kind(&self) -> PackageType {
        match self {
            Self::Zip(_) => PackageType::Zip,
            Self::Image(_) => PackageType::Image,
        }
    }
}

// === impl PackageType ===

impl PackageType {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "Zip",
            Self::Image => "Image",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Zip, Self::Image].into_iter().find(|kind| kind.as_str() == word)
    }
}

// === impl ImageConfig ===

impl ImageConfig {
    /// Tells whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
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
