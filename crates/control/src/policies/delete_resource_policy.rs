//! `DeleteResourcePolicy`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteResourcePolicy, DeleteResourcePolicyRequest},
};
use wire::ApiError;

use super::PolicyRefusal;
use crate::{
    Control,
    error::Refusal,
    qualified::{is_stale, not_attached},
};

impl Handle<DeleteResourcePolicy> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteResourcePolicyRequest,
    ) -> Result<(), ApiError> {
        Ok(self.delete_resource_policy(call, &input).await?)
    }
}

// === impl Control: DeleteResourcePolicy ===

impl Control {
    async fn delete_resource_policy(
        &self,
        call: &Call,
        input: &DeleteResourcePolicyRequest,
    ) -> Result<(), Refusal> {
        let arn = self.address(call, DeleteResourcePolicy::SPEC, &input.resource_arn, None)?;
        let changed = self.change_attached(&arn, |attached, revision_id| {
            if is_stale(input.revision_id.as_deref(), *revision_id) {
                return Err(PolicyRefusal::StaleRevision("GetResourcePolicy").into());
            }
            attached.policy.take().ok_or(PolicyRefusal::NotFound)?;
            *revision_id = self.parts.ids.next();
            Ok(())
        });
        let missing = || PolicyRefusal::NotFound.into();
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(())
    }
}
