//! Paths that need no signature.

use std::net::IpAddr;

use async_trait::async_trait;
use http::request::Parts;
use wire::{Body, Response};

/// Who sent a request to an open route, among the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Answers requests that carry their own permission, or need none.
#[async_trait]
pub trait OpenRoute: Send + Sync + std::fmt::Debug {
    /// Tells whether a path belongs to this route.
    fn covers(&self, path: &str) -> bool;

    /// Answers a request that belongs to this route.
    async fn answer(&self, parts: &Parts) -> Response;
}

/// The path that tells load balancers and scripts that the server answers.
const HEALTH: &str = "/_lambkin/health";

/// Answers [`HEALTH`].
pub(crate) fn health(parts: &Parts) -> Option<Response> {
    let asked = matches!(parts.method, http::Method::GET | http::Method::HEAD);
    (asked && parts.uri.path() == HEALTH).then(|| {
        let mut response = Response::new(Body::from("{\"status\":\"ok\"}\n".to_owned()));
        let json = http::HeaderValue::from_static("application/json");
        response.headers_mut().insert(http::header::CONTENT_TYPE, json);
        response
    })
}
