//! Amazon CloudWatch Logs, 2014-03-28: the operations that Lambda's users need.

use http::request::Parts;
use wire::{ApiError, Route, aws_json};

#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
mod generated;

pub use generated::*;

/// Finds the operation that a request is for.
pub fn route(parts: &Parts) -> Result<Route<'_>, ApiError> {
    aws_json::route(OPERATIONS, parts)
}
