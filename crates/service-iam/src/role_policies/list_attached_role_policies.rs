//! `ListAttachedRolePolicies`.

use api::iam::{
    ListAttachedRolePolicies, ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse,
};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;
use crate::page::page;

impl Handle<ListAttachedRolePolicies> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListAttachedRolePoliciesRequest,
    ) -> Result<ListAttachedRolePoliciesResponse, ApiError> {
        let role = self.role(&input.role_name)?;
        let all = grants::attached(self, &role.grants, input.path_prefix.as_ref());
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(ListAttachedRolePoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
