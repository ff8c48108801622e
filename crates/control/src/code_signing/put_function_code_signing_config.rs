//! `PutFunctionCodeSigningConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        PutFunctionCodeSigningConfig, PutFunctionCodeSigningConfigRequest,
        PutFunctionCodeSigningConfigResponse,
    },
};
use wire::ApiError;

use super::check_signable;
use crate::{
    Control,
    error::{Refusal, not_changed},
};

impl Handle<PutFunctionCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PutFunctionCodeSigningConfigRequest,
    ) -> Result<PutFunctionCodeSigningConfigResponse, ApiError> {
        Ok(self.attach_signing(call, input).await?)
    }
}

// === impl Control: PutFunctionCodeSigningConfig ===

impl Control {
    /// Attaches a configuration; code that is deployed already is not checked again.
    async fn attach_signing(
        &self,
        call: &Call,
        input: PutFunctionCodeSigningConfigRequest,
    ) -> Result<PutFunctionCodeSigningConfigResponse, Refusal> {
        let spec = PutFunctionCodeSigningConfig::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        let _it_is_not_deleted_meanwhile = self.signing.lock().await;
        let id = self.attachable_signing(call, &input.code_signing_config_arn)?;
        let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
            let kind = function.latest.settings.package.kind();
            check_signable(kind, Some(&input.code_signing_config_arn))?;
            function.code_signing = Some(id.clone());
            Ok::<_, Refusal>(())
        });
        changed.await.map_err(|error| not_changed(error, &arn))?;
        Ok(PutFunctionCodeSigningConfigResponse {
            code_signing_config_arn: input.code_signing_config_arn,
            function_name: arn.name.to_string(),
        })
    }
}
