//! `CodeSigningConfig`.

use api::lambda::{AllowedPublishers, CodeSigningConfig, CodeSigningPolicies};
use model::code_signing::CodeSigningConfig as Stored;

/// Renders a configuration under its ARN.
pub(super) fn render(arn: String, config: &Stored) -> CodeSigningConfig {
    let untrusted = Some(config.untrusted.as_str().to_owned());
    CodeSigningConfig {
        code_signing_config_id: config.id.clone(),
        code_signing_config_arn: arn,
        description: Some(config.description.clone()),
        allowed_publishers: AllowedPublishers {
            signing_profile_version_arns: config.publishers.clone(),
        },
        code_signing_policies: CodeSigningPolicies { untrusted_artifact_on_deployment: untrusted },
        last_modified: config.last_modified.function_style(),
    }
}
