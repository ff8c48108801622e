//! Operations on versions.

mod list_versions_by_function;
mod publication;
mod publish_version;

pub(crate) use publication::{Publication, being_created};
