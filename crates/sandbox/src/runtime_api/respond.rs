//! What the Runtime API says.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use serde::Serialize;

use super::Reply;
use crate::environment::{Delivery, Refusal};

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The body of every refusal; the order of its keys is part of the protocol.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    error_message: &'a str,
    error_type: &'a str,
}

/// Hands over an event.
pub(super) fn event(delivery: &Delivery) -> Reply {
    let invocation = &delivery.invocation;
    let mut reply = Response::new(Full::new(invocation.payload.clone()));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    let mut insert = |name: HeaderName, value: String| {
        // What a caller sent beyond visible ASCII cannot be a header; the guest does without it.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    insert(REQUEST_ID, invocation.request_id.to_string());
    insert(DEADLINE_MS, delivery.deadline.epoch_ms().to_string());
    insert(FUNCTION_ARN, invocation.invoked_arn.clone());
    insert(TRACE_ID, invocation.trace.as_str().to_owned());
    if let Some(context) = &invocation.client_context {
        insert(CLIENT_CONTEXT, context.clone());
    }
    reply
}

/// Confirms what the guest posted.
pub(super) fn accepted() -> Reply {
    json(StatusCode::ACCEPTED, Bytes::from_static(b"{\"status\":\"OK\"}\n"))
}

/// Answers the liveness call.
pub(super) fn pong() -> Reply {
    Response::new(Full::new(Bytes::from_static(b"pong")))
}

/// Answers without a body, as the router of AWS's agent does.
pub(super) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}

/// Refuses a call.
pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let message = refusal.to_string();
    match refusal {
        Refusal::RequestId => error(StatusCode::BAD_REQUEST, &message, "InvalidRequestID"),
        Refusal::State(_) | Refusal::Stale => {
            error(StatusCode::FORBIDDEN, &message, "InvalidStateTransition")
        }
    }
}

/// Says that a posted body ended too early.
pub(super) fn truncated() -> Reply {
    error(StatusCode::BAD_REQUEST, "HTTP request detected as truncated", "TruncatedHTTPRequest")
}

/// Says that a posted body is too large.
pub(super) fn too_large(limit_bytes: u64) -> Reply {
    let message = format!("Exceeded maximum allowed payload size ({limit_bytes} bytes).");
    error(StatusCode::PAYLOAD_TOO_LARGE, &message, "RequestEntityTooLarge")
}

/// Says that the response mode is not one that there is.
pub(super) fn invalid_response_mode() -> Reply {
    error(StatusCode::BAD_REQUEST, "Invalid function response mode", "InvalidFunctionResponseMode")
}

fn error(status: StatusCode, message: &str, error_type: &str) -> Reply {
    let body = ErrorBody { error_message: message, error_type };
    // A struct of two strings always serialises.
    let mut text = serde_json::to_vec(&body).unwrap_or_default();
    text.push(b'\n');
    json(status, Bytes::from(text))
}

fn json(status: StatusCode, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, JSON);
    reply
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_refusal_has_the_agents_shape() {
        let reply = refusal(&Refusal::RequestId);
        assert_eq!(reply.status(), 400);
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        let expected =
            "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n";
        assert_eq!(body, expected);
    }
}
