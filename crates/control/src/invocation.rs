//! Operations that run functions.

mod client_context;
mod invoke;
mod payload;
