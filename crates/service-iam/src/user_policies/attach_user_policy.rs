//! `AttachUserPolicy`: a managed policy.

use api::iam::{AttachUserPolicy, AttachUserPolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::{grants, names};

impl Handle<AttachUserPolicy> for Iam {
    async fn handle(&self, _: &Call, input: AttachUserPolicyRequest) -> Result<(), ApiError> {
        self.user(&input.user_name)?;
        names::check_attachable(self, &input.policy_arn)?;
        self.change_user(&input.user_name, |user| {
            grants::attach(&mut user.grants, &input.policy_arn, "User")
        })
        .await
    }
}
