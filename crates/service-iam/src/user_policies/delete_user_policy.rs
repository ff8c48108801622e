//! `DeleteUserPolicy`: an inline policy.

use api::iam::{DeleteUserPolicy, DeleteUserPolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<DeleteUserPolicy> for Iam {
    async fn handle(&self, _: &Call, input: DeleteUserPolicyRequest) -> Result<(), ApiError> {
        self.change_user(&input.user_name, |user| {
            grants::delete_inline(&mut user.grants, "user", &input.policy_name)
        })
        .await
    }
}
