//! `GetLayerVersionPolicy`.

use api::{
    Call, Handle, Operation,
    lambda::{GetLayerVersionPolicy, GetLayerVersionPolicyRequest, GetLayerVersionPolicyResponse},
};
use wire::ApiError;

use super::LayerRefusal;
use crate::{Control, error::Refusal};

impl Handle<GetLayerVersionPolicy> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetLayerVersionPolicyRequest,
    ) -> Result<GetLayerVersionPolicyResponse, ApiError> {
        Ok(self.get_layer_version_policy(call, &input)?)
    }
}

// === impl Control: GetLayerVersionPolicy ===

impl Control {
    fn get_layer_version_policy(
        &self,
        call: &Call,
        input: &GetLayerVersionPolicyRequest,
    ) -> Result<GetLayerVersionPolicyResponse, Refusal> {
        let named = (input.layer_name.as_str(), input.version_number);
        let arn = self.layer_version(call, GetLayerVersionPolicy::SPEC, named)?;
        let row = self.parts.registry.layer_version(&arn.layer, arn.number);
        let row = row.ok_or_else(|| LayerRefusal::no_version_found(&arn))?;
        let policy = row.0.policy.as_ref().ok_or(LayerRefusal::NoPolicy)?;
        Ok(GetLayerVersionPolicyResponse {
            policy: Some(policy.document.clone()),
            revision_id: Some(policy.revision_id.to_string()),
        })
    }
}
