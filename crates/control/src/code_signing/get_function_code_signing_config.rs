//! `GetFunctionCodeSigningConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        GetFunctionCodeSigningConfig, GetFunctionCodeSigningConfigRequest,
        GetFunctionCodeSigningConfigResponse,
    },
};
use wire::ApiError;

use super::SigningRefusal;
use crate::{Control, error::Refusal};

impl Handle<GetFunctionCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetFunctionCodeSigningConfigRequest,
    ) -> Result<GetFunctionCodeSigningConfigResponse, ApiError> {
        Ok(self.attached_signing(call, &input)?)
    }
}

// === impl Control: GetFunctionCodeSigningConfig ===

impl Control {
    /// Tells which configuration a function has; without one the answer is empty.
    fn attached_signing(
        &self,
        call: &Call,
        input: &GetFunctionCodeSigningConfigRequest,
    ) -> Result<GetFunctionCodeSigningConfigResponse, Refusal> {
        let spec = GetFunctionCodeSigningConfig::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        let function = self.find(&arn)?;
        if function.latest.settings.image().is_some() {
            return Err(SigningRefusal::Image.into());
        }
        let Some(id) = function.code_signing else {
            return Ok(GetFunctionCodeSigningConfigResponse::default());
        };
        Ok(GetFunctionCodeSigningConfigResponse {
            code_signing_config_arn: Some(self.signing_arn_text(&arn.region, &id)),
            function_name: Some(arn.name.to_string()),
        })
    }
}
