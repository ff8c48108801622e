//! AWS Lambda, 2015-03-31.

use std::sync::LazyLock;

use http::request::Parts;
use wire::rest_json::Router;
use wire::{ApiError, Route};

pub mod errors;
#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
mod generated;

pub use errors::throttled;
pub use generated::*;

static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(OPERATIONS));

/// Finds the operation that a request is for.
pub fn route(parts: &Parts) -> Result<Route<'_>, ApiError> {
    ROUTER.route(parts)
}
