//! The way of a request whose body may be too large to be held.

use std::{sync::Arc, time::SystemTime};

use api::Call;
use async_trait::async_trait;
use http::request::Parts as Head;
use hyper::body::Incoming;
use wire::{ApiError, Response, Upload, sigv4::BodyClaim};

use crate::{
    authenticate::claimed_service,
    authorize::{self, Need},
    body,
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
        mut incoming: Incoming,
        from: Origin,
    ) -> Response {
        let (call, claim) = match self.admit_streaming(service, head, from) {
            Ok(admitted) => admitted,
            Err(error) => {
                body::discard(&head.headers, &mut incoming).await;
                return error.render_xml(&from.request_id);
            }
        };
        let (upload, mut rest) = upload(incoming, claim);
        let response = service.answer(&call, head, upload).await;
        if response.status().is_client_error()
            && let Ok(mut rest) = rest.try_recv()
        {
            body::discard_rest(&mut rest).await;
        }
        self.budget.count(response)
    }

    fn admit_streaming(
        &self,
        service: &Arc<dyn StreamingService>,
        head: &Head,
        from: Origin,
    ) -> Result<(Call, BodyClaim), ApiError> {
        let now = SystemTime::from(self.clock.now());
        let presigned = head.uri.query().is_some_and(|query| query.contains("X-Amz-Signature="));
        let (admitted, claim) = self.authenticator.admit_head(head, now).map_err(|refusal| {
            if is_obsolete(head) { obsolete() } else { refusal.to_s3_error(presigned) }
        })?;
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
        Ok((call, claim))
    }
}

/// Tells whether a request is signed as they were before 2014. SDKs still make such links where a region
/// of that time is named; S3 itself takes them in no region that came later.
pub(crate) fn is_obsolete(head: &Head) -> bool {
    let header = head.headers.get(http::header::AUTHORIZATION);
    header.is_some_and(|value| value.as_bytes().starts_with(b"AWS "))
        || head.uri.query().is_some_and(|query| query.contains("AWSAccessKeyId="))
}

fn obsolete() -> ApiError {
    ApiError::new(
        "InvalidRequest",
        http::StatusCode::BAD_REQUEST,
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    )
}
