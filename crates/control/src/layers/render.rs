//! How versions of layers are shown.

use api::{
    Call,
    lambda::{GetLayerVersionResponse, LayerVersionContentOutput, LayerVersionsListItem},
};
use model::layer::{LayerArn, LayerVersion};

use crate::{Control, control::arrival, functions::archive_sha256};

// === impl Control: rendering layers ===

impl Control {
    /// Renders a version with a link to its archive.
    pub(super) fn render_layer(
        &self,
        call: &Call,
        layer: &LayerArn,
        version: &LayerVersion,
    ) -> GetLayerVersionResponse {
        let digest = &version.content.sha256;
        let location = self.parts.code_links.sign(&call.endpoint, digest, arrival(call));
        let item = listed(layer, version);
        let signature = version.content.signature();
        GetLayerVersionResponse {
            content: Some(LayerVersionContentOutput {
                location: Some(location),
                code_sha256: Some(archive_sha256(&version.content)),
                code_size: i64::try_from(version.content.size_bytes).ok(),
                signing_profile_version_arn: signature.map(|found| found.profile_version.clone()),
                signing_job_arn: signature.map(|found| found.job.clone()),
                ..LayerVersionContentOutput::default()
            }),
            layer_arn: Some(layer.to_string()),
            layer_version_arn: item.layer_version_arn,
            description: item.description,
            created_date: item.created_date,
            version: item.version,
            compatible_architectures: item.compatible_architectures,
            compatible_runtimes: item.compatible_runtimes,
            license_info: item.license_info,
        }
    }
}

/// Renders a version as lists show it.
pub(super) fn listed(layer: &LayerArn, version: &LayerVersion) -> LayerVersionsListItem {
    LayerVersionsListItem {
        layer_version_arn: Some(layer.version(version.number).to_string()),
        version: i64::try_from(version.number).ok(),
        description: Some(version.description.clone()),
        created_date: Some(version.created.function_style()),
        compatible_architectures: version.compatible_architectures.clone(),
        compatible_runtimes: version.compatible_runtimes.clone(),
        license_info: version.license_info.clone(),
    }
}

/// Tells whether a version says that it is for what a list was asked for.
pub(super) fn suits(
    version: &LayerVersion,
    runtime: Option<&String>,
    architecture: Option<&String>,
) -> bool {
    let lists = |list: &Option<Vec<String>>, wanted: Option<&String>| {
        wanted.is_none_or(|wanted| list.as_ref().is_some_and(|list| list.contains(wanted)))
    };
    lists(&version.compatible_runtimes, runtime)
        && lists(&version.compatible_architectures, architecture)
}
