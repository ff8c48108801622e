//! `GetLayerVersion`.

use api::{
    Call, Handle, Operation,
    lambda::{GetLayerVersion, GetLayerVersionRequest, GetLayerVersionResponse},
};
use model::layer::LayerVersionArn;
use wire::ApiError;

use super::LayerRefusal;
use crate::{Control, error::Refusal};

impl Handle<GetLayerVersion> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetLayerVersionRequest,
    ) -> Result<GetLayerVersionResponse, ApiError> {
        let named = (input.layer_name.as_str(), input.version_number);
        let arn = self.layer_version(call, GetLayerVersion::SPEC, named)?;
        Ok(self.get_layer_version(call, &arn)?)
    }
}

// === impl Control: GetLayerVersion ===

impl Control {
    /// Shows a version of a layer.
    pub(super) fn get_layer_version(
        &self,
        call: &Call,
        arn: &LayerVersionArn,
    ) -> Result<GetLayerVersionResponse, Refusal> {
        let row = self.parts.registry.layer_version(&arn.layer, arn.number);
        let row = row.ok_or(LayerRefusal::NotFound)?;
        Ok(self.render_layer(call, &arn.layer, &row.0))
    }
}
