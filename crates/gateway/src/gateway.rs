//! The way of one request.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use api::{Authorize, Call};
use bytes::Bytes;
use engine::Ids;
use http::{HeaderMap, Request, StatusCode, request::Parts as Head};
use hyper::body::Incoming;
use model::{AccountId, Region, Timestamp, trace::TraceHeader};
use store::Clock;
use wire::{ApiError, Protocol, RequestId, Response};

use crate::{
    authenticate::{Auth, Authenticator, Principals, claimed_service},
    authorize,
    body::{self, ReadError},
    budget::{Budget, Share},
    function_urls::{Address, FunctionUrls},
    open_route::{OpenRoute, Peer, health},
    service::{BodyLimit, Routed, Service},
    streaming::StreamingService,
};

const TRACE_HEADER: &str = "x-amzn-trace-id";

/// What a gateway is made of.
#[derive(Debug)]
pub struct Parts {
    /// The account that everything belongs to.
    pub account: AccountId,
    /// The region of calls that name none, which only unsigned ones may.
    pub default_region: Region,
    /// Whether callers have to prove who they are.
    pub auth: Auth,
    /// How far a signature's date may be off.
    pub signature_skew: Duration,
    /// How many bytes of requests and answers may be held at once.
    pub buffered_bytes: usize,
    /// Who may call.
    pub principals: Arc<dyn Principals>,
    /// Decides what callers other than root may do.
    pub guard: Arc<dyn Authorize>,
    /// The services.
    pub services: Vec<Arc<dyn Service>>,
    /// The services that take bodies while they come.
    pub streaming: Vec<Arc<dyn StreamingService>>,
    /// What answers at function URLs, if anything does.
    pub function_urls: Option<FunctionUrls>,
    /// Paths that need no signature.
    pub open_routes: Vec<Arc<dyn OpenRoute>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

/// Takes requests to services.
#[derive(Debug)]
pub struct Gateway {
    pub(crate) account: Arc<str>,
    pub(crate) authenticator: Authenticator,
    pub(crate) budget: Budget,
    pub(crate) guard: Arc<dyn Authorize>,
    services: Vec<Arc<dyn Service>>,
    pub(crate) streaming: Vec<Arc<dyn StreamingService>>,
    function_urls: Option<FunctionUrls>,
    open_routes: Vec<Arc<dyn OpenRoute>>,
    pub(crate) clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// Which request it is, and where it came from.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) request_id: RequestId,
    pub(crate) source_ip: IpAddr,
}

// === impl Gateway ===

impl Gateway {
    /// Makes a gateway.
    pub fn new(parts: Parts) -> Self {
        let authenticator = Authenticator::new(
            parts.auth,
            parts.principals,
            parts.signature_skew,
            parts.default_region,
        );
        Self {
            account: parts.account.as_str().into(),
            authenticator,
            budget: Budget::new(parts.buffered_bytes),
            guard: parts.guard,
            services: parts.services,
            streaming: parts.streaming,
            function_urls: parts.function_urls,
            open_routes: parts.open_routes,
            clock: parts.clock,
            ids: parts.ids,
        }
    }

    /// Answers one request, which came from `source_ip`.
    pub async fn answer(&self, request: Request<Incoming>, source_ip: IpAddr) -> Response {
        let (mut head, incoming) = request.into_parts();
        if let Some(urls) = &self.function_urls
            && let Some(address) = Address::of(&head)
        {
            let request_id = RequestId::from_random(self.ids.next().into_bytes());
            let from = Origin { request_id, source_ip };
            return self.answer_url(urls, &address, (&head, incoming), from).await;
        }
        if let Some(response) = health(&head) {
            return response;
        }
        if let Some(route) = self.open_routes.iter().find(|route| route.covers(head.uri.path())) {
            head.extensions.insert(Peer(source_ip));
            return route.answer(&head).await;
        }
        let request_id = RequestId::from_random(self.ids.next().into_bytes());
        let from = Origin { request_id, source_ip };
        let Some(service) = self.find_service(&head) else {
            if let Some(service) = self.find_streaming(&head) {
                return self.answer_streaming(service, &head, incoming, from).await;
            }
            return self.no_service(&head).render(Protocol::RestJson, &request_id);
        };
        match self.call(service, &head, incoming, from).await {
            Ok(response) => self.budget.count(response),
            Err(error) => error.render(service.protocol(), &request_id),
        }
    }

    async fn call(
        &self,
        service: &Arc<dyn Service>,
        head: &Head,
        mut incoming: Incoming,
        from: Origin,
    ) -> Result<Response, ApiError> {
        let Routed { limit, operation } = service.route(head)?;
        let (body, _share) = self.take_in(head, &mut incoming, limit).await?;
        let now = SystemTime::from(self.clock.now());
        let admitted = self
            .authenticator
            .admit(head, &body, now)
            .map_err(|refusal| refusal.to_error(service.protocol()))?;
        let call = Call {
            request_id: from.request_id,
            region: admitted.region,
            account_id: Arc::clone(&self.account),
            caller: admitted.caller,
            endpoint: endpoint(&head.headers),
            source_ip: from.source_ip,
            now,
            trace_header: Some(self.trace(&head.headers)),
        };
        if !call.caller.is_root() {
            let needs = service.needs(&call, head, operation.as_ref(), &body);
            authorize::check(self.guard.as_ref(), &call, &needs)
                .map_err(|denied| denied.to_error(service.protocol()))?;
        }
        Ok(service.answer(&call, head, operation, body).await)
    }

    /// Reads a body, or says why not.
    pub(crate) async fn take_in(
        &self,
        head: &Head,
        incoming: &mut Incoming,
        limit: BodyLimit,
    ) -> Result<(Bytes, Share), ApiError> {
        match self.read(head, incoming, limit).await {
            Ok(read) => read,
            Err(error) => {
                if matches!(error, ReadError::TooLarge(_)) {
                    body::discard(&head.headers, incoming).await;
                }
                Err(body::refusal(&error, limit.operation))
            }
        }
    }

    /// Reads a body, together with the share of memory that it takes.
    async fn read(
        &self,
        head: &Head,
        incoming: &mut Incoming,
        limit: BodyLimit,
    ) -> Result<Result<(Bytes, Share), ApiError>, ReadError> {
        let expected = body::expected(&head.headers, incoming, limit)?;
        // Before anything is read: a server that has no room must not spend time on it either.
        let Some(share) = self.budget.take(expected) else { return Ok(Err(overloaded())) };
        Ok(Ok((body::read(incoming, limit).await?, share)))
    }

    fn find_service(&self, head: &Head) -> Option<&Arc<dyn Service>> {
        let named = |name: &str| self.services.iter().find(|one| one.signing_name() == name);
        if let Some(found) = claimed_service(head, named) {
            return found;
        }
        // An unsigned request is answered by the service that it looks like: with its data when
        // authentication is off, in its own words for a refusal otherwise.
        self.services.iter().find(|service| service.recognises(head))
    }

    fn no_service(&self, head: &Head) -> ApiError {
        match claimed_service(head, str::to_owned) {
            Some(name) => ApiError::new(
                "UnknownOperationException",
                StatusCode::NOT_FOUND,
                format!("The service {name} is not offered by this endpoint."),
            ),
            None if self.authenticator.is_off() => ApiError::new(
                "UnknownOperationException",
                StatusCode::NOT_FOUND,
                "No operation has this path.",
            ),
            None => wire::sigv4::Refusal::Missing.to_error(Protocol::RestJson),
        }
    }

    pub(crate) fn trace(&self, headers: &HeaderMap) -> Arc<str> {
        let given = headers.get(TRACE_HEADER).and_then(|value| value.to_str().ok());
        let now = Timestamp::from_epoch_ms(self.clock.now_ms());
        let random = self.ids.next().as_u128();
        TraceHeader::from_caller_or_new(given, now, random).as_str().into()
    }
}

/// Refuses a request for which there is no room now.
pub(crate) fn overloaded() -> ApiError {
    api::lambda::throttled("CallerRateLimitExceeded", None)
}

/// Gives the URL under which the client reached this server, for links in answers.
pub(crate) fn endpoint(headers: &HeaderMap) -> Arc<str> {
    let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("localhost")).into()
}
