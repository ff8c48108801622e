//! `DeleteLayerVersion`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteLayerVersion, DeleteLayerVersionRequest},
};
use wire::ApiError;

use crate::{Control, error::Refusal};

impl Handle<DeleteLayerVersion> for Control {
    async fn handle(&self, call: &Call, input: DeleteLayerVersionRequest) -> Result<(), ApiError> {
        Ok(self.delete_layer_version(call, &input).await?)
    }
}

// === impl Control: DeleteLayerVersion ===

impl Control {
    /// Deletes a version, which may be gone already; functions that use it keep its content.
    async fn delete_layer_version(
        &self,
        call: &Call,
        input: &DeleteLayerVersionRequest,
    ) -> Result<(), Refusal> {
        let named = (input.layer_name.as_str(), input.version_number);
        let arn = self.layer_version(call, DeleteLayerVersion::SPEC, named)?;
        self.parts.registry.delete_layer_version(&arn.layer, arn.number).await?;
        Ok(())
    }
}
