//! Operations on layers.

mod add_layer_version_permission;
mod address;
mod delete_layer_version;
mod get_layer_version;
mod get_layer_version_by_arn;
mod get_layer_version_policy;
mod list_layer_versions;
mod list_layers;
mod publish_layer_version;
mod refusal;
mod remove_layer_version_permission;
mod render;

pub(crate) use refusal::LayerRefusal;
