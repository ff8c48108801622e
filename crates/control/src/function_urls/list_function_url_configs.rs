//! `ListFunctionUrlConfigs`.

use api::{
    Call, Handle, Operation,
    lambda::{
        ListFunctionUrlConfigs, ListFunctionUrlConfigsRequest, ListFunctionUrlConfigsResponse,
    },
};
use model::names::Qualifier;
use wire::ApiError;

use super::{UrlRefusal, config::render_whole};
use crate::{Control, error::Refusal, paging};

impl Handle<ListFunctionUrlConfigs> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListFunctionUrlConfigsRequest,
    ) -> Result<ListFunctionUrlConfigsResponse, ApiError> {
        Ok(self.list_urls(call, &input)?)
    }
}

// === impl Control: ListFunctionUrlConfigs ===

impl Control {
    fn list_urls(
        &self,
        call: &Call,
        input: &ListFunctionUrlConfigsRequest,
    ) -> Result<ListFunctionUrlConfigsResponse, Refusal> {
        let spec = ListFunctionUrlConfigs::SPEC;
        let arn = self.address(call, spec, &input.function_name, None)?.unqualified();
        let function = self.find(&arn).map_err(|_| UrlRefusal::NoFunction)?;
        let after: Option<Qualifier> = paging::last_name(input.marker.as_deref())?;
        let all = self.all_attached(&function).into_iter();
        let left = all
            .filter(|(qualifier, _)| after.as_ref().is_none_or(|after| qualifier > after))
            .filter_map(|(qualifier, attached)| Some((qualifier, attached.url?)));
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let (page, next_marker) = paging::page(left, size, |entry| entry.0.to_string());
        let function_url_configs = page
            .into_iter()
            .map(|(qualifier, url)| match qualifier {
                Qualifier::Latest => render_whole(self.url_base(call), &arn, &url),
                qualifier => render_whole(self.url_base(call), &arn.qualified(qualifier), &url),
            })
            .collect();
        Ok(ListFunctionUrlConfigsResponse { function_url_configs, next_marker })
    }
}
