//! Operations on function URLs.

mod config;
mod create_function_url_config;
mod delete_function_url_config;
mod get_function_url_config;
mod list_function_url_configs;
mod refusal;
mod update_function_url_config;

use refusal::UrlRefusal;
