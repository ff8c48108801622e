//! `PutUserPolicy`: an inline policy.

use api::iam::{PutUserPolicy, PutUserPolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants::{self, USER_INLINE_MAX};

impl Handle<PutUserPolicy> for Iam {
    async fn handle(&self, _: &Call, input: PutUserPolicyRequest) -> Result<(), ApiError> {
        self.change_user(&input.user_name, |user| {
            let policy = (input.policy_name.as_str(), input.policy_document.as_str());
            let owner = user.name.clone();
            grants::put_inline(&mut user.grants, policy, ("user", &owner, USER_INLINE_MAX))
        })
        .await
    }
}
