//! `GetEventSourceMapping`.

use api::{
    Call, Handle,
    lambda::{
        EventSourceMappingConfiguration, GetEventSourceMapping, GetEventSourceMappingRequest,
    },
};
use wire::ApiError;

use super::MappingRefusal;
use crate::{Control, control::region, error::Refusal};

impl Handle<GetEventSourceMapping> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetEventSourceMappingRequest,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        let row = self.parts.registry.mappings.get(&region(call)?, &input.uuid.to_lowercase());
        let row = row.ok_or_else(|| Refusal::from(MappingRefusal::NotFound))?;
        Ok(self.render_mapping(&row.0))
    }
}
