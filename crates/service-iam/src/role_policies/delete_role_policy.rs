//! `DeleteRolePolicy`: an inline policy.

use api::iam::{DeleteRolePolicy, DeleteRolePolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<DeleteRolePolicy> for Iam {
    async fn handle(&self, _: &Call, input: DeleteRolePolicyRequest) -> Result<(), ApiError> {
        self.change_role(&input.role_name, |role| {
            grants::delete_inline(&mut role.grants, "role", &input.policy_name)
        })
        .await
    }
}
