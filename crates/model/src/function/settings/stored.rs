//! How settings are read from a record: both kinds of package side by side.
//!
//! Written out, since reading a kind by its tag among other fields would make serde take everything in twice,
//! and a start of the server reads the settings of every version.

use std::time::Duration;

use serde::Deserialize;

use super::{Architecture, Logging, Settings, SnapStart, TracingMode};
use crate::function::{
    Code, ImageConfig, ImagePackage, ImageUri, LayerUse, Outside, Package, PackageType, Signed,
    Variables, ZipPackage,
};

/// All fields of either kind.
#[derive(Deserialize)]
pub(super) struct Stored {
    role: String,
    description: String,
    timeout: Duration,
    memory_mib: u32,
    ephemeral_storage_mib: u32,
    environment: Option<Variables>,
    architecture: Architecture,
    #[serde(default)]
    outside: Outside,
    logging: Logging,
    tracing: TracingMode,
    package_type: PackageType,
    // Of archives.
    runtime: Option<String>,
    handler: Option<String>,
    code: Option<Code>,
    accepted: Option<Signed>,
    #[serde(default)]
    layers: Vec<LayerUse>,
    snap_start: Option<SnapStart>,
    // Of images.
    image_uri: Option<ImageUri>,
    #[serde(default)]
    image_config: ImageConfig,
}

/// Says what a package of its kind lacks.
#[derive(Debug, thiserror::Error)]
#[error("missing field `{0}`")]
pub(super) struct Incomplete(&'static str);

impl TryFrom<Stored> for Settings {
    type Error = Incomplete;

    fn try_from(stored: Stored) -> Result<Self, Incomplete> {
        let package = match stored.package_type {
            PackageType::Zip => Package::Zip(ZipPackage {
                runtime: stored.runtime.ok_or(Incomplete("runtime"))?,
                handler: stored.handler.ok_or(Incomplete("handler"))?,
                code: stored.code.ok_or(Incomplete("code"))?,
                accepted: stored.accepted,
                layers: stored.layers,
                snap_start: stored.snap_start.ok_or(Incomplete("snap_start"))?,
            }),
            PackageType::Image => Package::Image(ImagePackage {
                image_uri: stored.image_uri.ok_or(Incomplete("image_uri"))?,
                image_config: stored.image_config,
            }),
        };
        Ok(Self {
            role: stored.role,
            description: stored.description,
            timeout: stored.timeout,
            memory_mib: stored.memory_mib,
            ephemeral_storage_mib: stored.ephemeral_storage_mib,
            environment: stored.environment,
            architecture: stored.architecture,
            package,
            outside: stored.outside,
            logging: stored.logging,
            tracing: stored.tracing,
        })
    }
}
