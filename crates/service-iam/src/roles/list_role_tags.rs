//! `ListRoleTags`.

use api::iam::{ListRoleTags, ListRoleTagsRequest, ListRoleTagsResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;
use crate::page::{Page, page};

impl Handle<ListRoleTags> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListRoleTagsRequest,
    ) -> Result<ListRoleTagsResponse, ApiError> {
        let role = self.role(&input.role_name)?;
        let all = grants::render_tags(&role.grants.tags);
        let all = all.into_iter().map(|tag| (tag.key.clone(), tag));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: tags, is_truncated, marker } = page;
        Ok(ListRoleTagsResponse { tags, is_truncated, marker })
    }
}
