//! `CreateEventSourceMapping`.

use api::{
    Call, Handle, Operation,
    lambda::{
        CreateEventSourceMapping, CreateEventSourceMappingRequest, EventSourceMappingConfiguration,
    },
};
use engine::MappingRow;
use model::{
    FunctionArn,
    event_source_mapping::{EventSourceMapping, MappingState},
};
use wire::{ApiError, OperationSpec};

use super::{
    MappingRefusal,
    reading::{apply, changeable, check_supported, defaults},
    source::{check_alone, source},
};
use crate::{Control, control::arrival, error::Refusal, tags::check_count};

impl Handle<CreateEventSourceMapping> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: CreateEventSourceMappingRequest,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        Ok(self.create_mapping(call, input).await?)
    }
}

// === impl Control: CreateEventSourceMapping ===

impl Control {
    async fn create_mapping(
        &self,
        call: &Call,
        mut input: CreateEventSourceMappingRequest,
    ) -> Result<EventSourceMappingConfiguration, Refusal> {
        let uuid = self.parts.ids.next();
        let source = source(&input, uuid)?;
        let spec = CreateEventSourceMapping::SPEC;
        let arn = self.mapping_target(call, spec, &input.function_name)?;
        let tags = input.tags.take().unwrap_or_default();
        check_count(&tags)?;
        let enabled = input.enabled.unwrap_or(true);
        let wanted = changeable(input);
        check_supported(&wanted, source.kind)?;
        let mut reading = defaults(source.kind);
        apply(&wanted, source.kind, &self.parts.limits, &mut reading)?;
        let state = if enabled { MappingState::Creating } else { MappingState::Disabled };
        let mapping = EventSourceMapping {
            region: arn.region.clone(),
            uuid,
            function: arn.name.clone(),
            qualifier: arn.qualifier.as_ref().map(ToString::to_string),
            source,
            reading,
            state,
            enabled,
            last_modified: arrival(call),
            tags,
        };
        // Two calls at the same time must not both find themselves alone.
        let _one_at_a_time = self.mapping.lock().await;
        self.check_mapped_once(&mapping)?;
        let row = MappingRow(mapping.clone());
        self.parts.registry.mappings.put(&arn.region, &uuid.to_string(), &row).await?;
        Ok(self.render_mapping(&mapping))
    }

    /// Finds the function that a mapping is to invoke.
    pub(super) fn mapping_target(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        name: &str,
    ) -> Result<FunctionArn, Refusal> {
        let arn = self.address(call, spec, name, None)?;
        match self.qualified(&arn) {
            Some(_) => Ok(arn),
            None => Err(MappingRefusal::NoFunction.into()),
        }
    }

    /// Refuses a mapping if there is another one of the same source and function.
    pub(super) fn check_mapped_once(&self, wanted: &EventSourceMapping) -> Result<(), Refusal> {
        let function = self.mapped_function(wanted);
        let mut outcome = Ok(());
        self.parts.registry.mappings.each(Some(&wanted.region), |row| {
            if outcome.is_ok() {
                outcome = check_alone(wanted, &row.0, &function);
            }
        });
        Ok(outcome?)
    }
}

#[cfg(test)]
mod tests;
