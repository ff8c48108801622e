//! `ListUserPolicies`: the names of the inline policies.

use api::iam::{ListUserPolicies, ListUserPoliciesRequest, ListUserPoliciesResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::page::{Page, page};

impl Handle<ListUserPolicies> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListUserPoliciesRequest,
    ) -> Result<ListUserPoliciesResponse, ApiError> {
        let user = self.user(&input.user_name)?;
        let all = user.grants.inline.keys().map(|name| (name.clone(), name.clone()));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: policy_names, is_truncated, marker } = page;
        Ok(ListUserPoliciesResponse { policy_names, is_truncated, marker })
    }
}
