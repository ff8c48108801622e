//! `ListRetirableGrants`.

use api::{
    Call, Handle,
    kms::{ListGrantsResponse, ListRetirableGrants, ListRetirableGrantsRequest},
};
use wire::ApiError;

use super::list_grants::PAGE;
use crate::{Kms, keyring::record, page::page};

impl Handle<ListRetirableGrants> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ListRetirableGrantsRequest,
    ) -> Result<ListGrantsResponse, ApiError> {
        let grants = self.keyring.grants.range(&record(&call.region, ""), None, usize::MAX);
        let wanted = grants.iter().map(|stored| &stored.value).filter(|grant| {
            grant.retiring.is_some()
                && grant.retiring == input.retiring_principal
                && self.keyring.get(&grant.region, &grant.key_id).is_some()
        });
        let all = wanted.map(|grant| (grant.record(), grant.show(&self.keyring)));
        let page = page(all, input.marker.as_deref(), input.limit, PAGE)?;
        Ok(ListGrantsResponse {
            grants: Some(page.items),
            next_marker: page.next,
            truncated: Some(page.truncated),
        })
    }
}
