//! `GetUserPolicy`: an inline policy.

use api::iam::{GetUserPolicy, GetUserPolicyRequest, GetUserPolicyResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<GetUserPolicy> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: GetUserPolicyRequest,
    ) -> Result<GetUserPolicyResponse, ApiError> {
        let user = self.user(&input.user_name)?;
        let document = grants::inline(&user.grants, "user", &input.policy_name)?;
        Ok(GetUserPolicyResponse {
            user_name: user.name.clone(),
            policy_name: input.policy_name,
            policy_document: wire::uri_encode(document),
        })
    }
}
