//! `TagResource`.

use api::logs::{TagResource, TagResourceRequest, errors};
use api::{Call, Handle};
use wire::ApiError;

use super::{MAX_TAGS, tagged};
use crate::Logs;
use crate::groups::Group;

impl Handle<TagResource> for Logs {
    async fn handle(&self, call: &Call, input: TagResourceRequest) -> Result<(), ApiError> {
        let group = tagged(call, input.resource_arn)?;
        let row = self.groups.get(&Group::key(&call.region, &group));
        let mut all = row.map(|row| row.value.tags.clone()).unwrap_or_default();
        all.extend(input.tags.clone());
        if all.len() > MAX_TAGS {
            // The text is not recorded.
            return Err(errors::too_many_tags("Too many tags."));
        }
        self.update_group(call, &group, |group| group.tags.extend(input.tags.clone())).await
    }
}
