//! AWS Security Token Service, 2011-06-15: who am I?

use http::request::Parts;
use wire::{ApiError, Route, query};

mod generated;

pub use generated::*;

/// Finds the operation that a request is for; the query protocol names it in the body.
pub fn route<'p>(parts: &'p Parts, body: &[u8]) -> Result<Route<'p>, ApiError> {
    query::route(OPERATIONS, parts, body)
}
