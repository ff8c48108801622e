//! `FunctionConfiguration`: exactly the members that AWS sends, the others absent.

use api::{
    Call,
    lambda::{
        EphemeralStorage, FunctionConfiguration, Layer, RuntimeVersionConfig, TracingConfigResponse,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use model::{
    FunctionArn,
    function::{Code, FunctionState, LastUpdate, LayerUse, Package, Settings, Version},
    runtime,
};

use super::{image, logging, outside, snap_start, variables};
use crate::{Control, error::state_word};

/// What AWS says while something is in progress, an update included.
const IN_PROGRESS: (&str, &str) = ("The function is being created.", "Creating");

/// The same while something is made ready again; the text is not recorded, and worded as the other.
const RESTORING: (&str, &str) = ("The function is being restored.", "Restoring");

// === impl Control: rendering ===

impl Control {
    /// Renders a version under the given ARN for whoever made a call, with its state.
    pub(crate) fn render(
        &self,
        call: &Call,
        arn: &FunctionArn,
        version: &Version,
    ) -> FunctionConfiguration {
        let mut configuration = self.render_listed(call, arn, version);
        let reason = match &version.readiness.state {
            FunctionState::Pending => Some(IN_PROGRESS),
            FunctionState::Restoring => Some(RESTORING),
            FunctionState::Active => None,
            FunctionState::Failed(trouble) | FunctionState::Inactive(trouble) => {
                Some((trouble.reason.as_str(), trouble.code.as_str()))
            }
        };
        configuration.state = text(state_word(&version.readiness.state));
        configuration.state_reason = reason.and_then(|(reason, _)| text(reason));
        configuration.state_reason_code = reason.and_then(|(_, code)| text(code));
        let (status, reason) = match &version.readiness.last_update {
            LastUpdate::Never => (None, None),
            LastUpdate::InProgress => (text("InProgress"), Some(IN_PROGRESS)),
            LastUpdate::Successful => (text("Successful"), None),
            LastUpdate::Failed(trouble) => {
                (text("Failed"), Some((trouble.reason.as_str(), trouble.code.as_str())))
            }
        };
        configuration.last_update_status = status;
        configuration.last_update_status_reason = reason.and_then(|(reason, _)| text(reason));
        configuration.last_update_status_reason_code = reason.and_then(|(_, code)| text(code));
        configuration.runtime_version_config = self.runtime_version(arn, &version.settings);
        configuration
    }

    /// Renders a version under the given ARN as lists show it, without its state.
    pub(crate) fn render_listed(
        &self,
        call: &Call,
        arn: &FunctionArn,
        version: &Version,
    ) -> FunctionConfiguration {
        let variables = version.settings.environment.as_ref();
        let show = |sealed| variables::show(&self.parts.keys.of_caller(call, arn), arn, sealed);
        FunctionConfiguration { environment: variables.map(show), ..render_settings(arn, version) }
    }

    /// A runtime that has been removed from this machine has no version to show.
    pub(crate) fn runtime_version(
        &self,
        arn: &FunctionArn,
        settings: &Settings,
    ) -> Option<RuntimeVersionConfig> {
        let identifier = runtime::find(&settings.zip()?.runtime)?;
        let runtime = self.parts.catalogue.find(identifier).ok()?;
        let runtime_version_arn = Some(runtime.version_arn(arn.region.as_str()));
        Some(RuntimeVersionConfig { runtime_version_arn, error: None })
    }
}

/// Renders what is in the clear in every record.
fn render_settings(arn: &FunctionArn, version: &Version) -> FunctionConfiguration {
    let settings = &version.settings;
    let zip = settings.zip();
    let accepted = zip.and_then(|zip| zip.accepted.as_ref());
    let shown = FunctionConfiguration {
        function_name: text(arn.name.as_str()),
        function_arn: Some(arn.to_string()),
        runtime: zip.map(|zip| zip.runtime.clone()),
        role: text(&settings.role),
        handler: zip.map(|zip| zip.handler.clone()),
        code_size: i64::try_from(settings.code_bytes()).ok(),
        description: text(&settings.description),
        timeout: i32::try_from(settings.timeout.as_secs()).ok(),
        memory_size: i32::try_from(settings.memory_mib).ok(),
        last_modified: Some(version.last_modified.function_style()),
        code_sha256: code_sha256(settings),
        version: Some(version.qualifier().to_string()),
        tracing_config: Some(TracingConfigResponse { mode: text(settings.tracing.as_str()) }),
        revision_id: Some(version.revision_id.to_string()),
        package_type: text(settings.package.kind().as_str()),
        architectures: Some(vec![settings.architecture.as_str().to_owned()]),
        ephemeral_storage: i32::try_from(settings.ephemeral_storage_mib)
            .ok()
            .map(|size| EphemeralStorage { size }),
        snap_start: Some(snap_start::show(version)),
        layers: zip
            .filter(|zip| !zip.layers.is_empty())
            .map(|zip| zip.layers.iter().map(render_layer).collect()),
        image_config_response: settings.image().and_then(image::show),
        signing_profile_version_arn: accepted.map(|signed| signed.profile_version.clone()),
        signing_job_arn: accepted.map(|signed| signed.job.clone()),
        logging_config: Some(logging::render(&settings.logging)),
        ..FunctionConfiguration::default()
    };
    outside::show(&settings.outside, shown)
}

fn render_layer(layer: &LayerUse) -> Layer {
    let signature = layer.content.signature();
    Layer {
        arn: text(&layer.arn),
        code_size: i64::try_from(layer.content.size_bytes).ok(),
        signing_profile_version_arn: signature.map(|found| found.profile_version.clone()),
        signing_job_arn: signature.map(|found| found.job.clone()),
    }
}

/// Spells an archive's SHA-256 as the API does.
pub(crate) fn archive_sha256(code: &Code) -> String {
    STANDARD.encode(hex::decode(&code.sha256).unwrap_or_default())
}

/// Spells a package's SHA-256 as the API does, which for an image is in hex. That of an image
/// under a tag is not known before the image is fetched, and then there is none.
pub(crate) fn code_sha256(settings: &Settings) -> Option<String> {
    match &settings.package {
        Package::Zip(zip) => Some(archive_sha256(&zip.code)),
        Package::Image(image) => image.image_uri.digest().map(str::to_owned),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every member of an answer is optional")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
