//! `ListLayers`.

use api::{
    Call, Handle,
    lambda::{LayersListItem, ListLayers, ListLayersRequest, ListLayersResponse},
};
use model::{
    layer::LayerArn,
    names::{LayerName, Region},
};
use wire::ApiError;

use super::render::{listed, suits};
use crate::{Control, control::region, error::Refusal, paging};

impl Handle<ListLayers> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListLayersRequest,
    ) -> Result<ListLayersResponse, ApiError> {
        Ok(self.list_layers(call, &input)?)
    }
}

// === impl Control: ListLayers ===

impl Control {
    /// Lists layers by name, each with its newest version that suits; one without is not shown.
    fn list_layers(
        &self,
        call: &Call,
        input: &ListLayersRequest,
    ) -> Result<ListLayersResponse, Refusal> {
        let region = region(call)?;
        let after: Option<LayerName> = paging::last_name(input.marker.as_deref())?;
        let rows = self.parts.registry.layers(&region);
        let left = rows
            .iter()
            .map(|row| &row.0.name)
            .filter(|name| after.as_ref().is_none_or(|after| *name > after))
            .filter_map(|name| Some((name, self.latest(&region, name, input)?)));
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let (page, next_marker) = paging::page(left, size, |entry| entry.0.to_string());
        let layers = Some(page.into_iter().map(|entry| entry.1).collect());
        Ok(ListLayersResponse { next_marker, layers })
    }

    fn latest(
        &self,
        region: &Region,
        name: &LayerName,
        input: &ListLayersRequest,
    ) -> Option<LayersListItem> {
        let layer = LayerArn {
            region: region.clone(),
            account: self.parts.account.clone(),
            name: name.clone(),
        };
        let (runtime, architecture) =
            (input.compatible_runtime.as_ref(), input.compatible_architecture.as_ref());
        let rows = self.parts.registry.layer_versions(region, name);
        let latest = rows.iter().find(|row| suits(&row.0, runtime, architecture))?;
        Some(LayersListItem {
            layer_name: Some(name.to_string()),
            layer_arn: Some(layer.to_string()),
            latest_matching_version: Some(listed(&layer, &latest.0)),
        })
    }
}
