//! `ListLayerVersions`.

use api::{
    Call, Handle, Operation,
    lambda::{ListLayerVersions, ListLayerVersionsRequest, ListLayerVersionsResponse},
};
use wire::ApiError;

use super::render::{listed, suits};
use crate::{Control, error::Refusal, paging};

impl Handle<ListLayerVersions> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListLayerVersionsRequest,
    ) -> Result<ListLayerVersionsResponse, ApiError> {
        Ok(self.list_layer_versions(call, &input)?)
    }
}

// === impl Control: ListLayerVersions ===

impl Control {
    /// Lists the versions of a layer, the newest first; of an unknown layer there are none.
    fn list_layer_versions(
        &self,
        call: &Call,
        input: &ListLayerVersionsRequest,
    ) -> Result<ListLayerVersionsResponse, Refusal> {
        let layer = self.layer(call, ListLayerVersions::SPEC, &input.layer_name)?;
        let below: Option<u64> = paging::last_name(input.marker.as_deref())?;
        let rows = self.parts.registry.layer_versions(&layer.region, &layer.name);
        let (runtime, architecture) =
            (input.compatible_runtime.as_ref(), input.compatible_architecture.as_ref());
        let left = rows
            .iter()
            .map(|row| &row.0)
            .filter(|version| below.is_none_or(|below| version.number < below))
            .filter(|version| suits(version, runtime, architecture));
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let (page, next_marker) = paging::page(left, size, |version| version.number.to_string());
        let items = page.into_iter().map(|version| listed(&layer, version)).collect();
        Ok(ListLayerVersionsResponse { next_marker, layer_versions: Some(items) })
    }
}
