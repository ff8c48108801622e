//! Operations on resource policies.

mod add_permission;
mod delete_resource_policy;
mod document;
mod get_policy;
mod get_resource_policy;
mod put_resource_policy;
mod refusal;
mod remove_permission;
mod statement;

pub(crate) use document::Policy;
pub(crate) use refusal::PolicyRefusal;
pub(crate) use statement::Principal;
