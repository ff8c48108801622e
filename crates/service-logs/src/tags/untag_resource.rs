//! `UntagResource`.

use api::logs::{UntagResource, UntagResourceRequest};
use api::{Call, Handle};
use wire::ApiError;

use super::tagged;
use crate::Logs;

impl Handle<UntagResource> for Logs {
    async fn handle(&self, call: &Call, input: UntagResourceRequest) -> Result<(), ApiError> {
        let group = tagged(call, input.resource_arn)?;
        let change = |group: &mut crate::groups::Group| {
            group.tags.retain(|key, _| !input.tag_keys.contains(key));
        };
        self.update_group(call, &group, change).await
    }
}
