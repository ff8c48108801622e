//! `GetRolePolicy`: an inline policy.

use api::iam::{GetRolePolicy, GetRolePolicyRequest, GetRolePolicyResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<GetRolePolicy> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: GetRolePolicyRequest,
    ) -> Result<GetRolePolicyResponse, ApiError> {
        let role = self.role(&input.role_name)?;
        let document = grants::inline(&role.grants, "role", &input.policy_name)?;
        Ok(GetRolePolicyResponse {
            role_name: role.name.clone(),
            policy_name: input.policy_name,
            policy_document: wire::uri_encode(document),
        })
    }
}
