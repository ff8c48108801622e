//! `DetachRolePolicy`: a managed policy.

use api::iam::{DetachRolePolicy, DetachRolePolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<DetachRolePolicy> for Iam {
    async fn handle(&self, _: &Call, input: DetachRolePolicyRequest) -> Result<(), ApiError> {
        self.change_role(&input.role_name, |role| {
            grants::detach(&mut role.grants, &input.policy_arn)
        })
        .await
    }
}
