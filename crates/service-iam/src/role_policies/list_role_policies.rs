//! `ListRolePolicies`: the names of the inline policies.

use api::iam::{ListRolePolicies, ListRolePoliciesRequest, ListRolePoliciesResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::page::{Page, page};

impl Handle<ListRolePolicies> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListRolePoliciesRequest,
    ) -> Result<ListRolePoliciesResponse, ApiError> {
        let role = self.role(&input.role_name)?;
        let all = role.grants.inline.keys().map(|name| (name.clone(), name.clone()));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: policy_names, is_truncated, marker } = page;
        Ok(ListRolePoliciesResponse { policy_names, is_truncated, marker })
    }
}
