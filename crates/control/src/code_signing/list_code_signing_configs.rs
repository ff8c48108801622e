//! `ListCodeSigningConfigs`.

use api::{
    Call, Handle,
    lambda::{
        ListCodeSigningConfigs, ListCodeSigningConfigsRequest, ListCodeSigningConfigsResponse,
    },
};
use wire::ApiError;

use super::render;
use crate::{Control, control::region, error::Refusal, paging};

impl Handle<ListCodeSigningConfigs> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListCodeSigningConfigsRequest,
    ) -> Result<ListCodeSigningConfigsResponse, ApiError> {
        Ok(self.list_signing_configs(call, &input)?)
    }
}

// === impl Control: ListCodeSigningConfigs ===

impl Control {
    fn list_signing_configs(
        &self,
        call: &Call,
        input: &ListCodeSigningConfigsRequest,
    ) -> Result<ListCodeSigningConfigsResponse, Refusal> {
        let region = region(call)?;
        let after = paging::after(input.marker.as_deref())?;
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let table = &self.parts.registry.code_signing;
        let rows = table.list(&region, "", after.as_deref(), size + 1).into_iter();
        let (page, next_marker) = paging::page(rows, size, |row| row.0.id.clone());
        let render = |row: &engine::CodeSigningRow| {
            render(self.signing_arn_text(&region, &row.0.id), &row.0)
        };
        let configs = page.iter().map(|row| render(row)).collect();
        Ok(ListCodeSigningConfigsResponse { next_marker, code_signing_configs: Some(configs) })
    }
}
