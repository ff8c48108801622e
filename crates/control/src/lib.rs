//! The Lambda API operations, one file each.
//!
//! An operation converts what the wire brought into the model's terms, checks it, decides, commits
//! one record and renders the answer; this is the only crate in which wire shapes and domain types
//! meet. It knows nothing of HTTP, of jails or of where anything is stored. Start at [`Control`];
//! what is not offered is listed in [`UNSUPPORTED`].

mod account;
mod activation;
mod addressing;
mod aliases;
mod code_collector;
mod code_links;
mod code_signing;
mod code_source;
mod concurrency;
mod control;
mod deactivation;
mod error;
mod event_invoke;
mod event_source_mappings;
mod function_keys;
mod function_urls;
mod functions;
mod invocation;
mod layers;
mod paging;
mod policies;
mod provisioned_concurrency;
mod qualified;
mod recursion;
mod resources;
mod runtime_management;
mod settling;
mod tags;
mod unsupported;
mod versions;

#[cfg(test)]
mod fixture;

pub use activation::Activation;
pub use code_collector::CodeCollector;
pub use code_links::CodeLinks;
pub use code_source::{CodeObject, CodeSource, FetchError};
pub use control::{Control, Parts};
pub use deactivation::Deactivation;
pub use event_source_mappings::MappingSettling;
pub use function_keys::FunctionKeys;
pub use resources::LambdaResources;
pub use unsupported::UNSUPPORTED;
