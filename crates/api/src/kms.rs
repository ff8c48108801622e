//! AWS Key Management Service, 2014-11-01: symmetric keys, their aliases, policies, grants and use.

use http::request::Parts;
use wire::{ApiError, Route, aws_json};

mod generated;

pub use generated::*;

/// Finds the operation that a request is for.
pub fn route(parts: &Parts) -> Result<Route<'_>, ApiError> {
    aws_json::route(OPERATIONS, parts)
}
