//! `ListKeys`.

use api::{
    Call, Handle,
    kms::{KeyListEntry, ListKeys, ListKeysRequest, ListKeysResponse},
};
use wire::ApiError;

use crate::{Kms, keyring::record, page::page};

/// How many keys a page has if the request does not say.
const PAGE: usize = 100;

impl Handle<ListKeys> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ListKeysRequest,
    ) -> Result<ListKeysResponse, ApiError> {
        let keys = self.keyring.keys.range(&record(&call.region, ""), None, usize::MAX);
        let all = keys.iter().map(|stored| {
            let entry = KeyListEntry {
                key_id: Some(stored.value.id.clone()),
                key_arn: Some(self.keyring.arn(&stored.value)),
            };
            (stored.value.id.clone(), entry)
        });
        let page = page(all, input.marker.as_deref(), input.limit, PAGE)?;
        Ok(ListKeysResponse {
            keys: Some(page.items),
            next_marker: page.next,
            truncated: Some(page.truncated),
        })
    }
}
