//! `ListUserTags`.

use api::iam::{ListUserTags, ListUserTagsRequest, ListUserTagsResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;
use crate::page::{Page, page};

impl Handle<ListUserTags> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListUserTagsRequest,
    ) -> Result<ListUserTagsResponse, ApiError> {
        let user = self.user(&input.user_name)?;
        let all = grants::render_tags(&user.grants.tags);
        let all = all.into_iter().map(|tag| (tag.key.clone(), tag));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: tags, is_truncated, marker } = page;
        Ok(ListUserTagsResponse { tags, is_truncated, marker })
    }
}
