//! `DetachUserPolicy`: a managed policy.

use api::iam::{DetachUserPolicy, DetachUserPolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<DetachUserPolicy> for Iam {
    async fn handle(&self, _: &Call, input: DetachUserPolicyRequest) -> Result<(), ApiError> {
        self.change_user(&input.user_name, |user| {
            grants::detach(&mut user.grants, &input.policy_arn)
        })
        .await
    }
}
