//! `ListAttachedUserPolicies`.

use api::iam::{
    ListAttachedUserPolicies, ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse,
};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;
use crate::page::page;

impl Handle<ListAttachedUserPolicies> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListAttachedUserPoliciesRequest,
    ) -> Result<ListAttachedUserPoliciesResponse, ApiError> {
        let user = self.user(&input.user_name)?;
        let all = grants::attached(self, &user.grants, input.path_prefix.as_ref());
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(ListAttachedUserPoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
