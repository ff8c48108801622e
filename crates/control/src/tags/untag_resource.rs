//! `UntagResource`.

use api::{
    Call, Handle, Operation,
    lambda::{UntagResource, UntagResourceRequest},
};
use wire::ApiError;

use crate::Control;

impl Handle<UntagResource> for Control {
    /// Removes tags; keys that are not there do not matter.
    async fn handle(&self, call: &Call, input: UntagResourceRequest) -> Result<(), ApiError> {
        let resource = self.tagged(call, UntagResource::SPEC, &input.resource)?;
        let removal = self.change_tags(&resource, |tags| {
            tags.retain(|key, _| !input.tag_keys.contains(key));
        });
        Ok(removal.await?)
    }
}
