//! `DeleteProvisionedConcurrencyConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteProvisionedConcurrencyConfig, DeleteProvisionedConcurrencyConfigRequest},
};
use wire::ApiError;

use super::{ProvisionedRefusal, address::missing};
use crate::{Control, error::Refusal, qualified::not_attached};

impl Handle<DeleteProvisionedConcurrencyConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteProvisionedConcurrencyConfigRequest,
    ) -> Result<(), ApiError> {
        Ok(self.delete_provisioned(call, &input).await?)
    }
}

// === impl Control: DeleteProvisionedConcurrencyConfig ===

impl Control {
    /// Deletes a configuration; it may be gone already.
    pub(super) async fn delete_provisioned(
        &self,
        call: &Call,
        input: &DeleteProvisionedConcurrencyConfigRequest,
    ) -> Result<(), Refusal> {
        let spec = DeleteProvisionedConcurrencyConfig::SPEC;
        let named = (input.function_name.as_str(), input.qualifier.as_str());
        let latest = ProvisionedRefusal::NeitherAliasNorVersion;
        let arn = self.provisionable(call, spec, named, latest)?.arn;
        let changed = self.change_attached(&arn, |attached, _| {
            attached.provisioned = None;
            Ok(())
        });
        changed.await.map_err(|error| not_attached(error, || missing(&arn)))?;
        self.parts.concurrency.changed();
        Ok(())
    }
}
