//! `ListGrants`.

use api::{
    Call, Handle,
    kms::{ListGrants, ListGrantsRequest, ListGrantsResponse},
};
use wire::ApiError;

use crate::{Kms, page::page};

/// How many grants a page has if the request does not say.
pub(super) const PAGE: usize = 50;

impl Handle<ListGrants> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ListGrantsRequest,
    ) -> Result<ListGrantsResponse, ApiError> {
        let key = self.key_itself(call, &input.key_id).await?;
        let grants = self.keyring.grants_on(&key);
        let wanted = grants.iter().map(|stored| &stored.value).filter(|grant| {
            let id = input.grant_id.as_ref();
            let grantee = input.grantee_principal.as_ref();
            input.grantee_service_principal.is_none()
                && id.is_none_or(|id| grant.id == *id)
                && grantee.is_none_or(|grantee| grant.grantee == *grantee)
        });
        let all = wanted.map(|grant| (grant.id.clone(), grant.show(&self.keyring)));
        let page = page(all, input.marker.as_deref(), input.limit, PAGE)?;
        Ok(ListGrantsResponse {
            grants: Some(page.items),
            next_marker: page.next,
            truncated: Some(page.truncated),
        })
    }
}
