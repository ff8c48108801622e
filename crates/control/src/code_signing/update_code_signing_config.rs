//! `UpdateCodeSigningConfig`.

use api::{
    Call, Handle,
    lambda::{
        UpdateCodeSigningConfig, UpdateCodeSigningConfigRequest, UpdateCodeSigningConfigResponse,
    },
};
use model::code_signing::CodeSigningConfig;
use wire::ApiError;

use super::{SigningRefusal, create_code_signing_config::untrusted, render};
use crate::{Control, control::arrival, error::Refusal, qualified::not_attached};

impl Handle<UpdateCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateCodeSigningConfigRequest,
    ) -> Result<UpdateCodeSigningConfigResponse, ApiError> {
        Ok(self.update_signing_config(call, &input).await?)
    }
}

// === impl Control: UpdateCodeSigningConfig ===

impl Control {
    async fn update_signing_config(
        &self,
        call: &Call,
        input: &UpdateCodeSigningConfigRequest,
    ) -> Result<UpdateCodeSigningConfigResponse, Refusal> {
        let arn = self.signing_arn(call, &input.code_signing_config_arn)?;
        let table = &self.parts.registry.code_signing;
        let changed = table.change(&arn.region, &arn.id, |row| {
            apply(input, &mut row.0);
            row.0.last_modified = arrival(call);
            Ok(())
        });
        let missing = || SigningRefusal::NotFound(arn.text.clone()).into();
        let row = changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(UpdateCodeSigningConfigResponse { code_signing_config: render(arn.text, &row.0) })
    }
}

/// Changes what is named.
fn apply(input: &UpdateCodeSigningConfigRequest, config: &mut CodeSigningConfig) {
    if let Some(description) = &input.description {
        config.description.clone_from(description);
    }
    if let Some(publishers) = &input.allowed_publishers {
        config.publishers.clone_from(&publishers.signing_profile_version_arns);
    }
    if let Some(wanted) = input.code_signing_policies.as_ref().and_then(untrusted) {
        config.untrusted = wanted;
    }
}
