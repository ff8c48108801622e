//! The way of one request to a function URL.

use std::time::SystemTime;

use api::{Call, Caller};
use engine::{Addressed, Answer, Invocation, Response as Running, Target};
use http::{HeaderName, HeaderValue, StatusCode, request::Parts as Head};
use hyper::body::Incoming;
use model::{
    Timestamp,
    function::{FunctionUrl, InvokeMode, UrlAuth},
    trace::TraceHeader,
};
use time::OffsetDateTime;
use wire::{Body, Response};

use super::{
    Address, FunctionUrls, cors,
    event::{self, Told},
    flowing::{flowing, whole},
    refusal::UrlRefusal,
};
use crate::{
    authenticate::claimed_service,
    authorize::{self, Need},
    body::{self, ReadError},
    gateway::{Gateway, Origin, endpoint, overloaded},
    service::BodyLimit,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// A request, and the URL that it is for.
struct Visit<'a> {
    urls: &'a FunctionUrls,
    address: &'a Address,
    target: Target,
    url: &'a FunctionUrl,
    head: &'a Head,
    from: Origin,
    trace: &'a str,
    now: SystemTime,
}

// === impl Gateway: function URLs ===

impl Gateway {
    /// Answers a request whose host is the name of a function URL.
    pub(crate) async fn answer_url(
        &self,
        urls: &FunctionUrls,
        address: &Address,
        request: (&Head, Incoming),
        from: Origin,
    ) -> Response {
        let (head, incoming) = request;
        let trace = self.trace(&head.headers);
        let found = urls.functions.at_url(address.id());
        let found = found.as_ref().and_then(|found| at_home(found, address));
        let mut response = match found {
            None => UrlRefusal::Unknown.render(&from.request_id),
            Some((target, url)) => {
                let now = SystemTime::from(self.clock.now());
                let trace = &trace;
                let visit = Visit { urls, address, target, url, head, from, trace, now };
                self.budget.count(self.visit(&visit, incoming).await)
            }
        };
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, from.request_id.header_value());
        if let Ok(trace) = HeaderValue::try_from(answered(&trace)) {
            headers.insert(TRACE_ID, trace);
        }
        response
    }

    async fn visit(&self, visit: &Visit<'_>, incoming: Incoming) -> Response {
        let Some(configured) = &visit.url.cors else {
            return self.outcome(visit, incoming).await;
        };
        if cors::is_preflight(visit.head) {
            let mut response = Response::new(Body::Empty);
            *response.status_mut() = StatusCode::OK;
            *response.headers_mut() = cors::preflight(configured, visit.head);
            return response;
        }
        let mut response = self.outcome(visit, incoming).await;
        cors::apply(configured, visit.head, response.headers_mut());
        response
    }

    async fn outcome(&self, visit: &Visit<'_>, incoming: Incoming) -> Response {
        let answered = self.invoke_by_url(visit, incoming).await;
        answered.unwrap_or_else(|refusal| refusal.render(&visit.from.request_id))
    }

    async fn invoke_by_url(
        &self,
        visit: &Visit<'_>,
        mut incoming: Incoming,
    ) -> Result<Response, UrlRefusal> {
        let limit_bytes = visit.urls.limits.request_payload_bytes;
        let bytes = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        let limit = BodyLimit { bytes, operation: "InvokeFunction" };
        let taken_in = self.take_in(visit.head, &mut incoming, limit).await;
        let (body, _share) = taken_in.map_err(UrlRefusal::Api)?;
        let caller = self.url_caller(visit, &body)?;
        let shown = (visit.url.auth == UrlAuth::AwsIam).then_some(&caller);
        // The body and the event that it becomes are there at the same time.
        let share = self.budget.take(body.len());
        let _share_of_event = share.ok_or_else(|| UrlRefusal::Api(overloaded()))?;
        let payload = event::event(&Told {
            head: visit.head,
            body: &body,
            address: visit.address,
            source_ip: visit.from.source_ip,
            caller: shown,
            request_id: &visit.from.request_id.to_string(),
            trace: visit.trace,
            at: OffsetDateTime::from(visit.now),
        })
        .map_err(|_| UrlRefusal::Failed)?;
        drop(body);
        // What is in base64, or full of signs that JSON escapes, is larger than it was.
        if payload.len() as u64 > limit_bytes {
            let error = ReadError::TooLarge(bytes);
            return Err(UrlRefusal::Api(body::refusal(&error, limit.operation)));
        }
        let invocation = Invocation {
            request_id: visit.from.request_id.into(),
            target: visit.target.clone(),
            payload: payload.into(),
            client_context: None,
            trace: TraceHeader::from_caller_or_new(Some(visit.trace), Timestamp::default(), 0),
            wants_log_tail: false,
        };
        run(visit, invocation).await
    }

    /// Finds out who calls, and whether they may.
    fn url_caller(&self, visit: &Visit<'_>, body: &[u8]) -> Result<Caller, UrlRefusal> {
        let caller = match visit.url.auth {
            UrlAuth::None => Caller::anonymous(),
            UrlAuth::AwsIam => self.url_signer(visit, body)?,
        };
        let call = Call {
            request_id: visit.from.request_id,
            region: visit.target.region.as_str().into(),
            account_id: std::sync::Arc::clone(&self.account),
            caller,
            endpoint: endpoint(&visit.head.headers),
            source_ip: visit.from.source_ip,
            now: visit.now,
            trace_header: None,
        };
        authorize::check(self.guard.as_ref(), &call, &needs(visit, &self.account))
            .map_err(|_| UrlRefusal::Forbidden)?;
        Ok(call.caller)
    }

    /// Verifies a signature for Lambda in the function's region.
    fn url_signer(&self, visit: &Visit<'_>, body: &[u8]) -> Result<Caller, UrlRefusal> {
        if !self.authenticator.is_off() {
            let is_lambda = claimed_service(visit.head, |service| service == "lambda");
            // Lambda takes no body that the signature leaves out.
            let declared = visit.head.headers.get("x-amz-content-sha256");
            let is_left_out = declared.is_some_and(|declared| declared == "UNSIGNED-PAYLOAD");
            if is_lambda != Some(true) || (is_left_out && !body.is_empty()) {
                return Err(UrlRefusal::Forbidden);
            }
        }
        let admitted = self.authenticator.admit(visit.head, body, visit.now);
        let admitted = admitted.map_err(|_| UrlRefusal::Forbidden)?;
        let here = self.authenticator.is_off() || *admitted.region == *visit.target.region.as_str();
        if here { Ok(admitted.caller) } else { Err(UrlRefusal::Forbidden) }
    }
}

/// Gives what has the address, unless the address names another region.
fn at_home<'f>(found: &'f Addressed, address: &Address) -> Option<(Target, &'f FunctionUrl)> {
    let target = found.target().filter(|target| target.region.as_str() == address.region)?;
    Some((target, found.url()?))
}

/// Tells what a caller needs permission for.
///
/// AWS asks for both actions since October 2025, of new URLs only, and recorded answers of later
/// still came with the first alone; so the second is asked for only where the operator wants it.
fn needs(visit: &Visit<'_>, account: &str) -> Vec<Need> {
    let Target { region, name, qualifier } = &visit.target;
    let qualifier = qualifier.as_ref().map(|alias| format!(":{alias}")).unwrap_or_default();
    let resource = format!("arn:aws:lambda:{region}:{account}:function:{name}{qualifier}");
    let need = |action: &str| {
        let need =
            Need { action: action.into(), resource: resource.clone(), conditions: Vec::new() };
        need.with("lambda:FunctionUrlAuthType", Some(visit.url.auth.as_str()))
    };
    let mut needs = vec![need("lambda:InvokeFunctionUrl")];
    if visit.urls.needs_invoke_permission {
        let invoke = need("lambda:InvokeFunction");
        needs.push(invoke.with("lambda:InvokedViaFunctionUrl", Some("true")));
    }
    needs
}

async fn run(visit: &Visit<'_>, invocation: Invocation) -> Result<Response, UrlRefusal> {
    let engine = &visit.urls.engine;
    if visit.url.invoke_mode == Some(InvokeMode::ResponseStream) {
        let streaming = engine.invoke_streaming(invocation).await?;
        return match streaming.response.await {
            Some(Running::Stream(answer)) => flowing(answer).await,
            Some(Running::Whole(answer)) => whole(&answer),
            None => Err(UrlRefusal::Failed),
        };
    }
    let invoked = engine.invoke(invocation).await?;
    whole(&Answer {
        payload: invoked.payload,
        is_error: invoked.is_error,
        error_type: None,
        log_tail: None,
    })
}

/// Gives what an answer tells of its trace.
fn answered(trace: &str) -> String {
    let told = |part: &&str| part.starts_with("Root=") || part.starts_with("Sampled=");
    trace.split(';').filter(told).collect::<Vec<_>>().join(";")
}
