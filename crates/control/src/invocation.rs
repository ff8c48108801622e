//! Operations that run functions.

mod client_context;
mod invoke;
mod invoke_async;
mod payload;
