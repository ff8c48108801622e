//! AWS Identity and Access Management, 2010-05-08: the operations that tools need.

use http::request::Parts;
use wire::{ApiError, Route, query};

#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
mod generated;

pub use generated::*;

/// Finds the operation that a request is for; the query protocol names it in the body.
pub fn route<'p>(parts: &'p Parts, body: &[u8]) -> Result<Route<'p>, ApiError> {
    query::route(OPERATIONS, parts, body)
}
