//! `GetProvisionedConcurrencyConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        GetProvisionedConcurrencyConfig, GetProvisionedConcurrencyConfigRequest,
        GetProvisionedConcurrencyConfigResponse,
    },
};
use wire::ApiError;

use super::ProvisionedRefusal;
use crate::{Control, error::Refusal};

impl Handle<GetProvisionedConcurrencyConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetProvisionedConcurrencyConfigRequest,
    ) -> Result<GetProvisionedConcurrencyConfigResponse, ApiError> {
        Ok(self.get_provisioned(call, &input)?)
    }
}

// === impl Control: GetProvisionedConcurrencyConfig ===

impl Control {
    pub(super) fn get_provisioned(
        &self,
        call: &Call,
        input: &GetProvisionedConcurrencyConfigRequest,
    ) -> Result<GetProvisionedConcurrencyConfigResponse, Refusal> {
        let spec = GetProvisionedConcurrencyConfig::SPEC;
        let named = (input.function_name.as_str(), input.qualifier.as_str());
        let latest = ProvisionedRefusal::NeitherAliasNorVersion;
        let found = self.provisionable(call, spec, named, latest)?;
        let config = found.config.ok_or(ProvisionedRefusal::NoConfig)?;
        let shown = self.show(&found.function, found.arn.qualifier.as_ref(), config);
        Ok(GetProvisionedConcurrencyConfigResponse {
            requested_provisioned_concurrent_executions: shown.requested,
            available_provisioned_concurrent_executions: shown.available,
            allocated_provisioned_concurrent_executions: shown.allocated,
            status: shown.status,
            status_reason: shown.reason,
            last_modified: shown.last_modified,
        })
    }
}
