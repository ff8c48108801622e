//! `UpdateEventSourceMapping`.

use api::{
    Call, Handle, Operation,
    lambda::{
        EventSourceMappingConfiguration, UpdateEventSourceMapping, UpdateEventSourceMappingRequest,
    },
};
use model::event_source_mapping::EventSourceMapping;
use wire::ApiError;

use super::{
    MappingRefusal,
    reading::{apply, check_supported},
};
use crate::{
    Control,
    control::{arrival, region},
    error::Refusal,
    qualified::not_attached,
};

impl Handle<UpdateEventSourceMapping> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateEventSourceMappingRequest,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        Ok(self.update_mapping(call, &input).await?)
    }
}

// === impl Control: UpdateEventSourceMapping ===

impl Control {
    async fn update_mapping(
        &self,
        call: &Call,
        input: &UpdateEventSourceMappingRequest,
    ) -> Result<EventSourceMappingConfiguration, Refusal> {
        let (region, id) = (region(call)?, input.uuid.to_lowercase());
        let _one_at_a_time = self.mapping.lock().await;
        let mappings = &self.parts.registry.mappings;
        let changed = mappings.change(&region, &id, |row| {
            let mapping = &mut row.0;
            if mapping.state.in_progress() {
                return Err(MappingRefusal::InUse("update").into());
            }
            check_supported(input, mapping.source.kind)?;
            self.retarget(call, input, mapping)?;
            apply(input, mapping.source.kind, &self.parts.limits, &mut mapping.reading)?;
            mapping.enabled = input.enabled.unwrap_or(mapping.enabled);
            mapping.state = mapping.state.begin(mapping.enabled);
            mapping.last_modified = arrival(call);
            Ok(())
        });
        let missing = || MappingRefusal::NotFound.into();
        let row = changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(self.render_mapping(&row.0))
    }

    fn retarget(
        &self,
        call: &Call,
        input: &UpdateEventSourceMappingRequest,
        mapping: &mut EventSourceMapping,
    ) -> Result<(), Refusal> {
        let Some(name) = &input.function_name else { return Ok(()) };
        let arn = self.mapping_target(call, UpdateEventSourceMapping::SPEC, name)?;
        mapping.function = arn.name;
        mapping.qualifier = arn.qualifier.map(|qualifier| qualifier.to_string());
        self.check_mapped_once(mapping)
    }
}
