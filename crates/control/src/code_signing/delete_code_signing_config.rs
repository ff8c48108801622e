//! `DeleteCodeSigningConfig`.

use api::{
    Call, Handle,
    lambda::{
        DeleteCodeSigningConfig, DeleteCodeSigningConfigRequest, DeleteCodeSigningConfigResponse,
    },
};
use wire::ApiError;

use super::{SigningArn, SigningRefusal};
use crate::{Control, error::Refusal};

impl Handle<DeleteCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteCodeSigningConfigRequest,
    ) -> Result<DeleteCodeSigningConfigResponse, ApiError> {
        Ok(self.delete_signing_config(call, &input).await?)
    }
}

// === impl Control: DeleteCodeSigningConfig ===

impl Control {
    /// Deletes a configuration that no function has.
    async fn delete_signing_config(
        &self,
        call: &Call,
        input: &DeleteCodeSigningConfigRequest,
    ) -> Result<DeleteCodeSigningConfigResponse, Refusal> {
        let arn = self.signing_arn(call, &input.code_signing_config_arn)?;
        let _none_is_attached_meanwhile = self.signing.lock().await;
        self.signing_config(&arn)?;
        if !self.signed_functions(&arn).is_empty() {
            return Err(SigningRefusal::InUse(arn.text).into());
        }
        self.parts.registry.code_signing.delete(&arn.region, &arn.id).await?;
        Ok(DeleteCodeSigningConfigResponse {})
    }

    /// Lists the functions that have a configuration, by name.
    pub(super) fn signed_functions(&self, arn: &SigningArn) -> Vec<String> {
        let mut names = Vec::new();
        self.parts.functions.for_each(|function| {
            let has_it = function.code_signing.as_ref() == Some(&arn.id);
            if has_it && function.region == arn.region {
                names.push(function.name.to_string());
            }
        });
        names
    }
}
