//! Operations on code signing configurations.

mod address;
mod check;
mod create_code_signing_config;
mod delete_code_signing_config;
mod delete_function_code_signing_config;
mod get_code_signing_config;
mod get_function_code_signing_config;
mod list_code_signing_configs;
mod list_functions_by_code_signing_config;
mod put_function_code_signing_config;
mod refusal;
mod render;
mod update_code_signing_config;

pub(crate) use check::{Checked, check_signable};

use address::SigningArn;
use refusal::SigningRefusal;
use render::render;
