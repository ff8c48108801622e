//! The way of a request whose body may be too large to be held.

use std::{sync::Arc, time::SystemTime};

use api::Call;
use async_trait::async_trait;
use http::request::Parts as Head;
use hyper::body::Incoming;
use wire::{ApiError, Response, Upload};

use crate::{
    authenticate::claimed_service,
    authorize::{self, Need},
    gateway::{Gateway, Origin, endpoint},
    upload::upload,
};

/// One AWS service that takes bodies while they come, and words its errors as S3 does.
#[async_trait]
pub trait StreamingService: Send + Sync + std::fmt::Debug {
    /// The name that clients sign for.
    fn signing_name(&self) -> &'static str;

    /// Tells whether an unsigned request is for this service, when authentication is off.
    fn recognises(&self, parts: &Head) -> bool;

    /// Tells for what a caller needs permission to make this request, as far as its head tells;
    /// nothing if the request will be refused anyway, or if the operation itself decides.
    fn needs(&self, call: &Call, parts: &Head) -> Vec<Need>;

    /// Answers a request whose head is verified; the end of the body says whether the body is.
    async fn answer(&self, call: &Call, parts: &Head, upload: Upload) -> Response;
}

// === impl Gateway: streaming ===

impl Gateway {
    /// Finds the service that takes the body of this request while it comes.
    pub(crate) fn find_streaming(&self, head: &Head) -> Option<&Arc<dyn StreamingService>> {
        let named = |name: &str| self.streaming.iter().find(|one| one.signing_name() == name);
        if let Some(found) = claimed_service(head, named) {
            return found;
        }
        self.streaming.iter().find(|service| service.recognises(head))
    }

    /// Answers a request of such a service.
    pub(crate) async fn answer_streaming(
        &self,
        service: &Arc<dyn StreamingService>,
        head: &Head,
        incoming: Incoming,
        from: Origin,
    ) -> Response {
        let request_id = from.request_id;
        match self.call_streaming(service, head, incoming, from).await {
            Ok(response) => self.budget.count(response),
            Err(error) => error.render_xml(&request_id),
        }
    }

    async fn call_streaming(
        &self,
        service: &Arc<dyn StreamingService>,
        head: &Head,
        incoming: Incoming,
        from: Origin,
    ) -> Result<Response, ApiError> {
        let now = SystemTime::from(self.clock.now());
        let presigned = head.uri.query().is_some_and(|query| query.contains("X-Amz-Signature="));
        let (admitted, claim) = self
            .authenticator
            .admit_head(head, now)
            .map_err(|refusal| refusal.to_s3_error(presigned))?;
        let call = Call {
            request_id: from.request_id,
            region: admitted.region,
            account_id: Arc::clone(&self.account),
            caller: admitted.caller,
            endpoint: endpoint(&head.headers),
            source_ip: from.source_ip,
            now,
            trace_header: None,
        };
        if !call.caller.is_root() {
            let needs = service.needs(&call, head);
            authorize::check(self.guard.as_ref(), &call, &needs)
                .map_err(|denied| denied.to_s3_error())?;
        }
        Ok(service.answer(&call, head, upload(incoming, claim)).await)
    }
}
