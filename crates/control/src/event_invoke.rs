//! Operations on what becomes of asynchronous events.

mod config;
mod delete_function_event_invoke_config;
mod get_function_event_invoke_config;
mod list_function_event_invoke_configs;
mod put_function_event_invoke_config;
mod refusal;
mod update_function_event_invoke_config;

use config::{Wanted, render};
use refusal::EventInvokeRefusal;
