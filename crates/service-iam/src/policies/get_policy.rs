//! `GetPolicy`.

use api::iam::{GetPolicy, GetPolicyRequest, GetPolicyResponse, Policy};
use api::{Call, Handle};
use identity::ManagedView;
use wire::ApiError;

use crate::Iam;
use crate::{grants, names, policies};

impl Handle<GetPolicy> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: GetPolicyRequest,
    ) -> Result<GetPolicyResponse, ApiError> {
        let view = names::managed(self, &input.policy_arn)?;
        let counts = self.directory.attachments();
        let counts = counts.get(&input.policy_arn).copied().unwrap_or_default();
        let tags = match &view {
            ManagedView::Own(own) => grants::render_tags(&own.tags),
            ManagedView::Aws(_) => Vec::new(),
        };
        let policy = Policy { tags: Some(tags), ..policies::render(self, &view, counts) };
        Ok(GetPolicyResponse { policy: Some(policy) })
    }
}
