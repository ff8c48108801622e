//! `DeleteFunctionCodeSigningConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteFunctionCodeSigningConfig, DeleteFunctionCodeSigningConfigRequest},
};
use wire::ApiError;

use crate::{
    Control,
    error::{Refusal, not_changed},
};

impl Handle<DeleteFunctionCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteFunctionCodeSigningConfigRequest,
    ) -> Result<(), ApiError> {
        Ok(self.detach_signing(call, &input).await?)
    }
}

// === impl Control: DeleteFunctionCodeSigningConfig ===

impl Control {
    async fn detach_signing(
        &self,
        call: &Call,
        input: &DeleteFunctionCodeSigningConfigRequest,
    ) -> Result<(), Refusal> {
        let spec = DeleteFunctionCodeSigningConfig::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
            function.code_signing = None;
            Ok::<_, Refusal>(())
        });
        changed.await.map_err(|error| not_changed(error, &arn))?;
        Ok(())
    }
}
