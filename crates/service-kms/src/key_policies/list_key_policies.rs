//! `ListKeyPolicies`.

use api::{
    Call, Handle,
    kms::{ListKeyPolicies, ListKeyPoliciesRequest, ListKeyPoliciesResponse},
};
use wire::ApiError;

use super::NAME;
use crate::{Kms, page::page};

impl Handle<ListKeyPolicies> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ListKeyPoliciesRequest,
    ) -> Result<ListKeyPoliciesResponse, ApiError> {
        self.key_itself(call, &input.key_id).await?;
        let all = [(NAME.to_owned(), NAME.to_owned())];
        let page = page(all, input.marker.as_deref(), input.limit, 1)?;
        Ok(ListKeyPoliciesResponse {
            policy_names: Some(page.items),
            next_marker: page.next,
            truncated: Some(page.truncated),
        })
    }
}
