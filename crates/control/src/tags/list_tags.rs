//! `ListTags`.

use api::{
    Call, Handle, Operation,
    lambda::{ListTags, ListTagsRequest, ListTagsResponse},
};
use wire::ApiError;

use crate::Control;

impl Handle<ListTags> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListTagsRequest,
    ) -> Result<ListTagsResponse, ApiError> {
        let resource = self.tagged(call, ListTags::SPEC, &input.resource)?;
        Ok(ListTagsResponse { tags: Some(self.tags(&resource)?) })
    }
}
