//! `PutRolePolicy`: an inline policy.

use api::iam::{PutRolePolicy, PutRolePolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants::{self, ROLE_INLINE_MAX};

impl Handle<PutRolePolicy> for Iam {
    async fn handle(&self, _: &Call, input: PutRolePolicyRequest) -> Result<(), ApiError> {
        self.change_role(&input.role_name, |role| {
            let policy = (input.policy_name.as_str(), input.policy_document.as_str());
            let owner = role.name.clone();
            grants::put_inline(&mut role.grants, policy, ("role", &owner, ROLE_INLINE_MAX))
        })
        .await
    }
}
