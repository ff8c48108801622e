//! Operations that run functions.

mod client_context;
mod event;
mod invoke;
mod invoke_async;
mod invoke_with_response_stream;
mod payload;
