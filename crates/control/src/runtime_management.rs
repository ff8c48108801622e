//! Operations on when the version of a function's runtime changes.

mod get_runtime_management_config;
mod put_runtime_management_config;
mod refusal;

use refusal::RuntimeManagementRefusal;
