//! Operations on provisioned concurrency.
//!
//! A configuration is part of the record of its version or alias, and goes with that.

mod address;
mod delete_provisioned_concurrency_config;
mod get_provisioned_concurrency_config;
mod list_provisioned_concurrency_configs;
mod put_provisioned_concurrency_config;
mod refusal;
mod state;

pub(crate) use refusal::ProvisionedRefusal;
