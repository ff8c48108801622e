//! Operations on event source mappings.

mod create_event_source_mapping;
mod delete_event_source_mapping;
mod filter;
mod get_event_source_mapping;
mod list_event_source_mappings;
mod reading;
mod refusal;
mod render;
mod settling;
mod source;
mod update_event_source_mapping;

pub use settling::MappingSettling;

use refusal::MappingRefusal;
