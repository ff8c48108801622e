//! AWS Signer, 2017-08-25: signing profiles, and what of them was revoked.

use std::sync::LazyLock;

use http::request::Parts;
use wire::rest_json::Router;
use wire::{ApiError, Route};

mod generated;

pub use generated::*;

static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(OPERATIONS));

/// Finds the operation that a request is for.
pub fn route(parts: &Parts) -> Result<Route<'_>, ApiError> {
    ROUTER.route(parts)
}
