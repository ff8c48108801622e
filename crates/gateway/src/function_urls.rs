//! Function URLs: HTTP for functions, without the AWS API.
//!
//! A request whose host is the name of a URL becomes an event, and what the function makes of it an
//! answer. What follows from request and result alone is decided in modules of its own, without
//! input or output: [`address`], [`event`], [`answer`], [`prelude`], [`cors`]. Start with [`serve`].

mod address;
mod answer;
mod cors;
mod event;
mod flowing;
mod prelude;
mod refusal;
mod serve;

use std::sync::Arc;

use engine::{Functions, Invoke};
use model::Limits;

pub(crate) use self::address::Address;

/// What answers at function URLs.
#[derive(Debug)]
pub struct FunctionUrls {
    /// Knows which function has which URL.
    pub functions: Arc<Functions>,
    /// Runs it.
    pub engine: Arc<dyn Invoke>,
    /// The limits in force.
    pub limits: Arc<Limits>,
    /// Whether `lambda:InvokeFunction` is needed beside `lambda:InvokeFunctionUrl`.
    pub needs_invoke_permission: bool,
}
