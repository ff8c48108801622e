//! The services behind the door, one line each in the server's table.

mod offered;
mod s3;

use async_trait::async_trait;
use bytes::Bytes;
use http::request::Parts;
use wire::{ApiError, Protocol, Response, Route};

use api::Call;

pub use self::offered::{
    IamService, KmsService, LambdaService, LogsService, SignerService, StsService,
};
pub use self::s3::S3Service;
use crate::authorize::Need;

/// One AWS service.
#[async_trait]
pub trait Service: Send + Sync + std::fmt::Debug {
    /// The name that clients sign for.
    fn signing_name(&self) -> &'static str;

    /// How it words its errors.
    fn protocol(&self) -> Protocol;

    /// Finds the operation that is meant as far as the head tells it, or why there is none.
    fn route<'p>(&self, parts: &'p Parts) -> Result<Routed<'p>, ApiError>;

    /// Tells whether an unsigned request is for this service, when authentication is off.
    fn recognises(&self, parts: &Parts) -> bool;

    /// Tells for what a caller needs permission to make this request; nothing if the request will be
    /// refused anyway, or if the operation itself decides.
    fn needs(
        &self,
        call: &Call,
        parts: &Parts,
        operation: Option<&Route<'_>>,
        body: &Bytes,
    ) -> Vec<Need>;

    /// Answers a verified request, with the operation that [`Service::route`] found.
    async fn answer(
        &self,
        call: &Call,
        parts: &Parts,
        operation: Option<Route<'_>>,
        body: Bytes,
    ) -> Response;
}

/// What the head of a request tells of its operation.
#[derive(Clone, Debug)]
pub struct Routed<'p> {
    /// How large the body may be.
    pub limit: BodyLimit,
    /// The operation, unless only the body names it.
    pub operation: Option<Route<'p>>,
}

/// How large a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit {
    /// The limit.
    pub bytes: usize,
    /// The operation as the refusal names it.
    pub operation: &'static str,
}
