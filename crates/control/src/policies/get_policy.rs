//! `GetPolicy`.

use api::{
    Call, Handle, Operation,
    lambda::{GetPolicy, GetPolicyRequest, GetPolicyResponse},
};
use model::FunctionArn;
use wire::ApiError;

use super::PolicyRefusal;
use crate::{Control, error::Refusal};

impl Handle<GetPolicy> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetPolicyRequest,
    ) -> Result<GetPolicyResponse, ApiError> {
        let qualifier = input.qualifier.as_deref();
        let arn = self.address(call, GetPolicy::SPEC, &input.function_name, qualifier)?;
        let (policy, revision_id) = self.policy(&arn)?;
        Ok(GetPolicyResponse { policy: Some(policy), revision_id: Some(revision_id) })
    }
}

// === impl Control: GetPolicy ===

impl Control {
    /// Gives the policy of what an ARN names, and the revision of that.
    pub(super) fn policy(&self, arn: &FunctionArn) -> Result<(String, String), Refusal> {
        let found = self.qualified(arn).ok_or(PolicyRefusal::NotFound)?;
        let policy = found.attached.policy.ok_or(PolicyRefusal::NotFound)?;
        Ok((policy, found.revision_id.to_string()))
    }
}
