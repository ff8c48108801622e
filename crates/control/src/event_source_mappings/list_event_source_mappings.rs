//! `ListEventSourceMappings`.

use api::{
    Call, Handle, Operation,
    lambda::{
        ListEventSourceMappings, ListEventSourceMappingsRequest, ListEventSourceMappingsResponse,
    },
};
use model::event_source_mapping::EventSourceMapping;
use wire::ApiError;

use crate::{Control, control::region, error::Refusal, paging};

impl Handle<ListEventSourceMappings> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListEventSourceMappingsRequest,
    ) -> Result<ListEventSourceMappingsResponse, ApiError> {
        Ok(self.list_mappings(call, &input)?)
    }
}

// === impl Control: ListEventSourceMappings ===

impl Control {
    /// Lists mappings by id, of a source or a function if one is named, which need not exist.
    fn list_mappings(
        &self,
        call: &Call,
        input: &ListEventSourceMappingsRequest,
    ) -> Result<ListEventSourceMappingsResponse, Refusal> {
        let region = region(call)?;
        let after = paging::after(input.marker.as_deref())?;
        let spec = ListEventSourceMappings::SPEC;
        let function = input.function_name.as_deref();
        let function = function.map(|name| self.address(call, spec, name, None)).transpose()?;
        let is_wanted = |mapping: &EventSourceMapping| {
            let source = &input.event_source_arn;
            let of_source = source.is_none() || mapping.source.arn == *source;
            let of_function = function.as_ref().is_none_or(|arn| {
                let qualifier = arn.qualifier.as_ref().map(ToString::to_string);
                mapping.function == arn.name && mapping.qualifier == qualifier
            });
            of_source && of_function
        };
        let rows = self.parts.registry.mappings.list(&region, "", after.as_deref(), usize::MAX);
        let left = rows.iter().map(|row| &row.0).filter(|mapping| is_wanted(mapping));
        let size = paging::page_size(input.max_items, self.parts.limits.mappings_page_size);
        let (page, next_marker) = paging::page(left, size, |mapping| mapping.uuid.to_string());
        let mappings = page.into_iter().map(|mapping| self.render_mapping(mapping)).collect();
        Ok(ListEventSourceMappingsResponse { next_marker, event_source_mappings: Some(mappings) })
    }
}
