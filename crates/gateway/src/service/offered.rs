//! Services whose operations are generated: what they share, and the few things in which they differ.

use api::{Call, EntityArns, KeyArns};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE, request::Parts};
use wire::{ApiError, Protocol, Request, Response, Route};

use super::{BodyLimit, Routed, Service};
use crate::authorize::{self, Need};

/// The body limit of services whose requests name their operation in the body.
const ORDINARY_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Makes a service of a module of `api`.
///
/// `routed by head` tells that path or headers name the operation, `routed by body` that the body
/// does; the operation that follows stands for all when a body is refused for its size.
macro_rules! service {
    (
        $(#[$doc:meta])*
        $service:ident: api::$module:ident::$operations:ident $(+ $more:ident)?,
        routed by $place:ident $(like $operation:literal)?,
        recognised by $recognises:expr,
        needs $needs:expr $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $service<S>(pub S);

        #[async_trait]
        impl<S> Service for $service<S>
        where
            S: api::$module::$operations $(+ $more)? + std::fmt::Debug,
        {
            fn signing_name(&self) -> &'static str {
                api::$module::SERVICE.signing_name
            }

            fn protocol(&self) -> Protocol {
                api::$module::SERVICE.protocol
            }

            fn route<'p>(&self, parts: &'p Parts) -> Result<Routed<'p>, ApiError> {
                service!(@head $place, parts, $module $(, $operation)?)
            }

            fn recognises(&self, parts: &Parts) -> bool {
                ($recognises)(parts)
            }

            fn needs(
                &self,
                call: &Call,
                parts: &Parts,
                operation: Option<&Route<'_>>,
                body: &Bytes,
            ) -> Vec<Need> {
                let found;
                let route = match operation {
                    Some(route) => route,
                    None => match service!(@found $place, parts, body, $module) {
                        Ok(route) => {
                            found = route;
                            &found
                        }
                        Err(_) => return Vec::new(),
                    },
                };
                let request = Request { route, parts, body: body.clone() };
                authorize::needs(call, &request, |asked| ($needs)(asked, &self.0))
            }

            async fn answer(
                &self,
                call: &Call,
                parts: &Parts,
                operation: Option<Route<'_>>,
                body: Bytes,
            ) -> Response {
                let route = match operation {
                    Some(route) => route,
                    None => match service!(@found $place, parts, &body, $module) {
                        Ok(route) => route,
                        Err(error) => return error.render(self.protocol(), &call.request_id),
                    },
                };
                let request = Request { route: &route, parts, body };
                api::$module::dispatch(&self.0, call, request).await
            }
        }
    };
    (@head head, $parts:expr, $module:ident) => {
        Ok(Routed::by_head($parts, api::$module::route($parts)?))
    };
    (@head body, $parts:expr, $module:ident, $operation:literal) => {{
        let _ = $parts;
        Ok(Routed::by_body(BodyLimit { bytes: ORDINARY_BODY_BYTES, operation: $operation }))
    }};
    (@found head, $parts:expr, $body:expr, $module:ident) => {{
        let _ = $body;
        api::$module::route($parts)
    }};
    (@found body, $parts:expr, $body:expr, $module:ident) => {
        api::$module::route($parts, $body)
    };
}

service! {
    /// AWS Lambda.
    LambdaService: api::lambda::Lambda,
    routed by head,
    // Every path of the API begins with the date of its version.
    recognised by |parts: &Parts| parts.uri.path().starts_with("/20"),
    needs |asked, _| authorize::lambda(asked),
}

service! {
    /// CloudWatch Logs.
    LogsService: api::logs::Logs,
    routed by head,
    recognised by |parts: &Parts| {
        header(&parts.headers, "x-amz-target").starts_with(api::logs::SERVICE.target_prefix)
    },
    needs |asked, _| authorize::logs(asked),
}

service! {
    /// The Security Token Service.
    StsService: api::sts::Sts,
    routed by body like "GetCallerIdentity",
    recognised by |parts: &Parts| {
        header(&parts.headers, CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded")
    },
    needs |asked, _| authorize::sts(asked),
}

service! {
    /// Identity and Access Management.
    IamService: api::iam::Iam + EntityArns,
    routed by body like "CreatePolicy",
    // Without a signature its requests look like those of STS.
    recognised by |_: &Parts| false,
    needs |asked, service| authorize::iam(asked, service),
}

service! {
    /// AWS Signer.
    SignerService: api::signer::Signer,
    routed by head,
    recognised by |parts: &Parts| {
        let path = parts.uri.path();
        path.starts_with("/signing-") || path == "/revocations"
    },
    needs |asked, _| authorize::signer(asked),
}

service! {
    /// The Key Management Service.
    KmsService: api::kms::Kms + KeyArns,
    routed by head,
    recognised by |parts: &Parts| {
        header(&parts.headers, "x-amz-target").starts_with(api::kms::SERVICE.target_prefix)
    },
    needs |asked, service| authorize::kms(asked, service),
}

impl<'p> Routed<'p> {
    fn by_head(parts: &Parts, route: Route<'p>) -> Self {
        let spec = route.spec;
        let limit = BodyLimit { bytes: spec.body_limit(&parts.headers), operation: spec.action };
        Self { limit, operation: Some(route) }
    }

    fn by_body(limit: BodyLimit) -> Self {
        Self { limit, operation: None }
    }
}

/// Gives the value of a header; nothing if it is absent or no text.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
