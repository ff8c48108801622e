//! `GetRuntimeManagementConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        GetRuntimeManagementConfig, GetRuntimeManagementConfigRequest,
        GetRuntimeManagementConfigResponse,
    },
};
use model::{function::RuntimeUpdates, names::Qualifier};
use wire::ApiError;

use super::RuntimeManagementRefusal;
use crate::{Control, error::Refusal};

impl Handle<GetRuntimeManagementConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetRuntimeManagementConfigRequest,
    ) -> Result<GetRuntimeManagementConfigResponse, ApiError> {
        Ok(self.get_runtime_management(call, &input)?)
    }
}

// === impl Control: GetRuntimeManagementConfig ===

impl Control {
    pub(super) fn get_runtime_management(
        &self,
        call: &Call,
        input: &GetRuntimeManagementConfigRequest,
    ) -> Result<GetRuntimeManagementConfigResponse, Refusal> {
        let spec = GetRuntimeManagementConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        if let Some(Qualifier::Alias(_)) = arn.qualifier {
            return Err(RuntimeManagementRefusal::Alias.into());
        }
        if self.version(&self.find(&arn)?, &arn)?.settings.image().is_some() {
            return Err(RuntimeManagementRefusal::Image.into());
        }
        let found = self.qualified(&arn);
        let found = found.ok_or_else(|| Refusal::FunctionNotFound(arn.to_string()))?;
        let updates = found.attached.runtime_updates.unwrap_or(RuntimeUpdates::Auto);
        Ok(GetRuntimeManagementConfigResponse {
            update_runtime_on: Some(updates.as_str().to_owned()),
            function_arn: Some(arn.to_string()),
            runtime_version_arn: match updates {
                RuntimeUpdates::Manual(version_arn) => Some(version_arn),
                RuntimeUpdates::Auto | RuntimeUpdates::FunctionUpdate => None,
            },
        })
    }
}
