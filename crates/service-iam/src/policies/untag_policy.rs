//! `UntagPolicy`.

use api::iam::{UntagPolicy, UntagPolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<UntagPolicy> for Iam {
    async fn handle(&self, _: &Call, input: UntagPolicyRequest) -> Result<(), ApiError> {
        self.change_policy(&input.policy_arn, |policy| {
            grants::untag(&mut policy.tags, &input.tag_keys);
            Ok(())
        })
        .await
    }
}
