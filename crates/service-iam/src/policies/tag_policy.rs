//! `TagPolicy`.

use api::iam::{TagPolicy, TagPolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<TagPolicy> for Iam {
    async fn handle(&self, _: &Call, input: TagPolicyRequest) -> Result<(), ApiError> {
        self.change_policy(&input.policy_arn, |policy| grants::tag(&mut policy.tags, &input.tags))
            .await
    }
}
