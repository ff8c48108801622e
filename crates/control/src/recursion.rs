//! Operations on what is done about functions that call themselves without end.

mod get_function_recursion_config;
mod put_function_recursion_config;
