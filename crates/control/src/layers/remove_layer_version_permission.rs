//! `RemoveLayerVersionPermission`.

use api::{
    Call, Handle, Operation,
    lambda::{RemoveLayerVersionPermission, RemoveLayerVersionPermissionRequest},
};
use model::layer::LayerPolicy;
use wire::ApiError;

use super::{LayerRefusal, add_layer_version_permission::check_revision};
use crate::{Control, error::Refusal, policies::Policy, qualified::not_attached};

impl Handle<RemoveLayerVersionPermission> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: RemoveLayerVersionPermissionRequest,
    ) -> Result<(), ApiError> {
        Ok(self.remove_layer_permission(call, &input).await?)
    }
}

// === impl Control: RemoveLayerVersionPermission ===

impl Control {
    /// Takes a statement away; the policy goes with its last one.
    async fn remove_layer_permission(
        &self,
        call: &Call,
        input: &RemoveLayerVersionPermissionRequest,
    ) -> Result<(), Refusal> {
        let named = (input.layer_name.as_str(), input.version_number);
        let arn = self.layer_version(call, RemoveLayerVersionPermission::SPEC, named)?;
        let registry = &self.parts.registry;
        let changed = registry.change_layer_version(&arn.layer, arn.number, |version| {
            let stored = version.policy.as_ref().ok_or(LayerRefusal::NoPolicy)?;
            check_revision(Some(stored), input.revision_id.as_deref())?;
            let mut policy = Policy::open(Some(&stored.document))?;
            if policy.remove(&input.statement_id)? {
                let document = policy.text(self.parts.limits.policy_bytes)?;
                version.policy = Some(LayerPolicy { document, revision_id: self.parts.ids.next() });
            } else {
                version.policy = None;
            }
            Ok(())
        });
        let missing = || LayerRefusal::no_version_found(&arn);
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(())
    }
}
