//! The services behind the door, one line each in the server's table.

use async_trait::async_trait;
use bytes::Bytes;
use http::request::Parts;
use wire::{ApiError, Protocol, Request, Response, Route};

use api::{Call, EntityArns};

use crate::authorize::{self, Need};

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
    fn needs(&self, call: &Call, parts: &Parts, body: &Bytes) -> Vec<Need>;

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

/// AWS Lambda.
#[derive(Debug)]
pub struct LambdaService<S>(pub S);

/// CloudWatch Logs.
#[derive(Debug)]
pub struct LogsService<S>(pub S);

/// The Security Token Service.
#[derive(Debug)]
pub struct StsService<S>(pub S);

/// Identity and Access Management.
#[derive(Debug)]
pub struct IamService<S>(pub S);

/// The body limit of services whose operations have none of their own.
const ORDINARY_BODY_BYTES: usize = 2 * 1024 * 1024;

impl<'p> Routed<'p> {
    fn by_head(parts: &Parts, route: Route<'p>) -> Self {
        let spec = route.spec;
        let limit = BodyLimit { bytes: spec.body_limit(&parts.headers), operation: spec.action };
        Self { limit, operation: Some(route) }
    }
}

#[async_trait]
impl<S: api::lambda::Lambda + std::fmt::Debug> Service for LambdaService<S> {
    fn signing_name(&self) -> &'static str {
        api::lambda::SERVICE.signing_name
    }

    fn protocol(&self) -> Protocol {
        api::lambda::SERVICE.protocol
    }

    fn route<'p>(&self, parts: &'p Parts) -> Result<Routed<'p>, ApiError> {
        Ok(Routed::by_head(parts, api::lambda::route(parts)?))
    }

    fn recognises(&self, parts: &Parts) -> bool {
        // Every path of the API begins with the date of its version.
        parts.uri.path().starts_with("/20")
    }

    fn needs(&self, call: &Call, parts: &Parts, body: &Bytes) -> Vec<Need> {
        let Ok(route) = api::lambda::route(parts) else { return Vec::new() };
        let request = Request { route: &route, parts, body: body.clone() };
        authorize::needs(call, &request, authorize::lambda)
    }

    async fn answer(
        &self,
        call: &Call,
        parts: &Parts,
        operation: Option<Route<'_>>,
        body: Bytes,
    ) -> Response {
        match operation.map_or_else(|| api::lambda::route(parts), Ok) {
            Ok(route) => {
                api::lambda::dispatch(&self.0, call, Request { route: &route, parts, body }).await
            }
            Err(error) => error.render(self.protocol(), &call.request_id),
        }
    }
}

#[async_trait]
impl<S: api::logs::Logs + std::fmt::Debug> Service for LogsService<S> {
    fn signing_name(&self) -> &'static str {
        api::logs::SERVICE.signing_name
    }

    fn protocol(&self) -> Protocol {
        api::logs::SERVICE.protocol
    }

    fn route<'p>(&self, parts: &'p Parts) -> Result<Routed<'p>, ApiError> {
        Ok(Routed::by_head(parts, api::logs::route(parts)?))
    }

    fn recognises(&self, parts: &Parts) -> bool {
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        target.is_some_and(|target| target.starts_with(api::logs::SERVICE.target_prefix))
    }

    fn needs(&self, call: &Call, parts: &Parts, body: &Bytes) -> Vec<Need> {
        let Ok(route) = api::logs::route(parts) else { return Vec::new() };
        let request = Request { route: &route, parts, body: body.clone() };
        authorize::needs(call, &request, authorize::logs)
    }

    async fn answer(
        &self,
        call: &Call,
        parts: &Parts,
        operation: Option<Route<'_>>,
        body: Bytes,
    ) -> Response {
        match operation.map_or_else(|| api::logs::route(parts), Ok) {
            Ok(route) => {
                api::logs::dispatch(&self.0, call, Request { route: &route, parts, body }).await
            }
            Err(error) => error.render(self.protocol(), &call.request_id),
        }
    }
}

#[async_trait]
impl<S: api::sts::Sts + std::fmt::Debug> Service for StsService<S> {
    fn signing_name(&self) -> &'static str {
        api::sts::SERVICE.signing_name
    }

    fn protocol(&self) -> Protocol {
        api::sts::SERVICE.protocol
    }

    fn route<'p>(&self, _parts: &'p Parts) -> Result<Routed<'p>, ApiError> {
        // The query protocol names the operation in the body.
        let limit = BodyLimit { bytes: ORDINARY_BODY_BYTES, operation: "GetCallerIdentity" };
        Ok(Routed { limit, operation: None })
    }

    fn recognises(&self, parts: &Parts) -> bool {
        let kind = parts.headers.get(http::header::CONTENT_TYPE);
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
    }

    fn needs(&self, call: &Call, parts: &Parts, body: &Bytes) -> Vec<Need> {
        let Ok(route) = api::sts::route(parts, body) else { return Vec::new() };
        let request = Request { route: &route, parts, body: body.clone() };
        authorize::needs(call, &request, authorize::sts)
    }

    async fn answer(
        &self,
        call: &Call,
        parts: &Parts,
        _operation: Option<Route<'_>>,
        body: Bytes,
    ) -> Response {
        match api::sts::route(parts, &body) {
            Ok(route) => {
                let request = Request { route: &route, parts, body: body.clone() };
                api::sts::dispatch(&self.0, call, request).await
            }
            Err(error) => error.render(self.protocol(), &call.request_id),
        }
    }
}

#[async_trait]
impl<S: api::iam::Iam + EntityArns + std::fmt::Debug> Service for IamService<S> {
    fn signing_name(&self) -> &'static str {
        api::iam::SERVICE.signing_name
    }

    fn protocol(&self) -> Protocol {
        api::iam::SERVICE.protocol
    }

    fn route<'p>(&self, _parts: &'p Parts) -> Result<Routed<'p>, ApiError> {
        let limit = BodyLimit { bytes: ORDINARY_BODY_BYTES, operation: "CreatePolicy" };
        Ok(Routed { limit, operation: None })
    }

    fn recognises(&self, _parts: &Parts) -> bool {
        // Without a signature its requests look like those of STS.
        false
    }

    fn needs(&self, call: &Call, parts: &Parts, body: &Bytes) -> Vec<Need> {
        let Ok(route) = api::iam::route(parts, body) else { return Vec::new() };
        let request = Request { route: &route, parts, body: body.clone() };
        authorize::needs(call, &request, |asked| authorize::iam(asked, &self.0))
    }

    async fn answer(
        &self,
        call: &Call,
        parts: &Parts,
        _operation: Option<Route<'_>>,
        body: Bytes,
    ) -> Response {
        match api::iam::route(parts, &body) {
            Ok(route) => {
                let request = Request { route: &route, parts, body: body.clone() };
                api::iam::dispatch(&self.0, call, request).await
            }
            Err(error) => error.render(self.protocol(), &call.request_id),
        }
    }
}
