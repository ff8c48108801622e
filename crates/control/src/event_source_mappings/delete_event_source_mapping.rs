//! `DeleteEventSourceMapping`.

use api::{
    Call, Handle,
    lambda::{
        DeleteEventSourceMapping, DeleteEventSourceMappingRequest, EventSourceMappingConfiguration,
    },
};
use model::event_source_mapping::MappingState;
use wire::ApiError;

use super::MappingRefusal;
use crate::{
    Control,
    control::{arrival, region},
    error::Refusal,
    qualified::not_attached,
};

impl Handle<DeleteEventSourceMapping> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteEventSourceMappingRequest,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        Ok(self.delete_mapping(call, &input).await?)
    }
}

// === impl Control: DeleteEventSourceMapping ===

impl Control {
    async fn delete_mapping(
        &self,
        call: &Call,
        input: &DeleteEventSourceMappingRequest,
    ) -> Result<EventSourceMappingConfiguration, Refusal> {
        let (region, id) = (region(call)?, input.uuid.to_lowercase());
        let changed = self.parts.registry.mappings.change(&region, &id, |row| {
            if row.0.state.in_progress() {
                return Err(MappingRefusal::InUse("delete").into());
            }
            row.0.state = MappingState::Deleting;
            row.0.last_modified = arrival(call);
            Ok(())
        });
        let missing = || MappingRefusal::NotFound.into();
        let row = changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(self.render_mapping(&row.0))
    }
}
