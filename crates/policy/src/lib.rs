//! IAM policy documents: what they say, and what follows from them for one request.
//!
//! A text becomes a [`Document`] or a [`MalformedPolicy`], in AWS's words. [`Policies`] holds all
//! documents that bear on one [`Request`] and decides it: an explicit deny wins, then whoever may
//! allow has to. This crate is pure: it stores nothing, looks nothing up, and has no clock; the
//! circumstances of a request come in as its [`Context`]. Start with [`Policies::decide`].
//!
//! Source: IAM User Guide, "Policy evaluation logic" and "JSON policy element reference".

mod condition;
mod context;
mod document;
mod evaluate;
mod json;
mod parse;
mod pattern;
mod principal;
mod resource;

pub use context::Context;
pub use document::{Document, Effect, Selection, Statement};
pub use evaluate::{Decision, Granted, Policies, PolicyKind, Refusal, Request};
pub use parse::{Kind, MalformedPolicy};
pub use principal::{Principal, PrincipalPattern};

#[cfg(test)]
mod tests;
