//! `ListResourceTags`.

use api::{
    Call, Handle,
    kms::{ListResourceTags, ListResourceTagsRequest, ListResourceTagsResponse, shared::Tag},
};
use wire::ApiError;

use crate::{Kms, page::page};

/// How many tags a page has if the request does not say.
const PAGE: usize = 50;

impl Handle<ListResourceTags> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ListResourceTagsRequest,
    ) -> Result<ListResourceTagsResponse, ApiError> {
        let key = self.key_itself(call, &input.key_id).await?;
        let all = key.tags.iter().map(|(name, value)| {
            (name.clone(), Tag { tag_key: name.clone(), tag_value: value.clone() })
        });
        let page = page(all, input.marker.as_deref(), input.limit, PAGE)?;
        Ok(ListResourceTagsResponse {
            tags: Some(page.items),
            next_marker: page.next,
            truncated: Some(page.truncated),
        })
    }
}
