//! What a function, a version and an invocation *are*.
//!
//! Names, ARNs, limits, units and pure state machines: functions from (state, event) to
//! (state, actions). This crate never does I/O, never awaits and never reads a clock; times and ids
//! come in as arguments. Start with [`function`] for what is stored and [`runtime_api`] for how an
//! execution environment behaves.

pub mod arn;
pub mod asynchronous;
pub mod code_signing;
pub mod environment;
pub mod envvars;
pub mod event_source_mapping;
pub mod function;
pub mod invocation;
pub mod layer;
pub mod limits;
pub mod names;
pub mod platform_log;
pub mod runtime;
pub mod runtime_api;
pub mod timestamp;
pub mod trace;

pub use arn::{FunctionArn, FunctionReference};
pub use limits::Limits;
pub use names::{AccountId, FunctionName, Qualifier, Region};
pub use timestamp::Timestamp;
