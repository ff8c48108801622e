//! Operations on functions.

mod code;
mod create_function;
mod delete_function;
mod get_function;
mod get_function_configuration;
mod image;
mod layers;
mod list_functions;
mod logging;
mod offered;
mod outside;
mod render;
mod snap_start;
mod update_function_code;
mod update_function_configuration;
mod variables;
mod wanted;

pub(crate) use code::Source;
pub(crate) use image::cannot_run;
pub(crate) use render::{archive_sha256, code_sha256};
pub(crate) use variables::cannot_start;
