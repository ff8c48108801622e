//! `ListPolicyTags`.

use api::iam::{ListPolicyTags, ListPolicyTagsRequest, ListPolicyTagsResponse};
use api::{Call, Handle};
use identity::ManagedView;
use wire::ApiError;

use crate::Iam;
use crate::page::{Page, page};
use crate::{grants, names};

impl Handle<ListPolicyTags> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListPolicyTagsRequest,
    ) -> Result<ListPolicyTagsResponse, ApiError> {
        let all = match names::managed(self, &input.policy_arn)? {
            ManagedView::Own(own) => grants::render_tags(&own.tags),
            ManagedView::Aws(_) => Vec::new(),
        };
        let all = all.into_iter().map(|tag| (tag.key.clone(), tag));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: tags, is_truncated, marker } = page;
        Ok(ListPolicyTagsResponse { tags, is_truncated, marker })
    }
}
