//! `ListTagsForResource`.

use api::logs::{ListTagsForResource, ListTagsForResourceRequest, ListTagsForResourceResponse};
use api::{Call, Handle};
use wire::ApiError;

use super::tagged;
use crate::groups::Group;
use crate::{Logs, error::no_such_group};

impl Handle<ListTagsForResource> for Logs {
    async fn handle(
        &self,
        call: &Call,
        input: ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse, ApiError> {
        let group = tagged(call, input.resource_arn)?;
        if !self.group_exists(call, &group).await? {
            return Err(no_such_group());
        }
        let row = self.groups.get(&Group::key(&call.region, &group));
        let tags = row.map(|row| row.value.tags.clone()).unwrap_or_default();
        Ok(ListTagsForResourceResponse { tags: Some(tags) })
    }
}
