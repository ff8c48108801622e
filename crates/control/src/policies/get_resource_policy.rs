//! `GetResourcePolicy`.

use api::{
    Call, Handle, Operation,
    lambda::{GetResourcePolicy, GetResourcePolicyRequest, GetResourcePolicyResponse},
};
use wire::ApiError;

use crate::Control;

impl Handle<GetResourcePolicy> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetResourcePolicyRequest,
    ) -> Result<GetResourcePolicyResponse, ApiError> {
        let arn = self.address(call, GetResourcePolicy::SPEC, &input.resource_arn, None)?;
        let (policy, revision_id) = self.policy(&arn)?;
        Ok(GetResourcePolicyResponse { policy: Some(policy), revision_id: Some(revision_id) })
    }
}
