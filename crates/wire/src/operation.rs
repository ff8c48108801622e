//! What the generated tables say of a service and of one operation.

use http::{HeaderMap, StatusCode};

use crate::ApiError;
use crate::shape::Shape;

/// How a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Paths, query keys and headers, with JSON bodies.
    RestJson,
    /// One path, the operation in `X-Amz-Target`, JSON 1.0 bodies.
    AwsJson10,
    /// One path, the operation in `X-Amz-Target`, JSON 1.1 bodies.
    AwsJson11,
    /// One path, a form with an `Action`, XML answers in the given namespace.
    Query {
        /// The `xmlns` of every answer.
        namespace: &'static str,
    },
}

/// What all operations of a service share.
#[derive(Debug)]
pub struct ServiceSpec {
    /// The name that requests are signed for, for example `lambda`.
    pub signing_name: &'static str,
    /// The protocol.
    pub protocol: Protocol,
    /// The version of the API, for example `2015-03-31`.
    pub api_version: &'static str,
    /// The prefix of `X-Amz-Target` before the dot; empty where the protocol has none.
    pub target_prefix: &'static str,
    /// The error code for a broken constraint: not every service says `ValidationException`.
    pub validation_code: &'static str,
}

/// What the HTTP body of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The operation has no members in the body; a body is ignored.
    None,
    /// A JSON object with the members that are bound nowhere else.
    Json,
    /// The JSON document of this one member.
    Member(&'static str),
    /// The raw bytes of this one member.
    Raw(&'static str),
}

/// One operation: where it is found and how its request is laid out.
#[derive(Debug)]
pub struct OperationSpec {
    /// Its place in the service's `OPERATIONS`.
    pub index: u16,
    /// The service that it belongs to.
    pub service: &'static ServiceSpec,
    /// The AWS name, for example `CreateFunction`.
    pub name: &'static str,
    /// The resource that it works on; operations of one resource are documented together.
    pub resource: &'static str,
    /// The IAM action without its service prefix, for example `InvokeFunction` for `Invoke`.
    pub action: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path template, for example `/2015-03-31/functions/{FunctionName}`.
    pub path: &'static str,
    /// A query key and value that tell this operation from another one of the same path.
    pub query: Option<(&'static str, &'static str)>,
    /// The status of a successful answer.
    pub status: u16,
    /// The request's shape.
    pub input: &'static Shape,
    /// What the request's body is.
    pub payload: Payload,
    /// The element around an answer of the query protocol; empty elsewhere.
    pub result_wrapper: &'static str,
    /// The largest request body in bytes.
    pub body_limit: usize,
    /// The largest request body in bytes when `X-Amz-Invocation-Type` is `Event`.
    pub event_body_limit: Option<usize>,
    /// Whether AWS has deprecated it.
    pub deprecated: bool,
}

impl OperationSpec {
    /// Returns the largest body in bytes that this request may have, so that reading can stop there.
    pub fn body_limit(&self, headers: &HeaderMap) -> usize {
        let is_event = || headers.get("x-amz-invocation-type").is_some_and(|kind| kind == "Event");
        match self.event_body_limit {
            Some(limit) if is_event() => limit,
            _ => self.body_limit,
        }
    }

    /// Makes the error of a body that is larger than that.
    pub fn too_large(&self, headers: &HeaderMap) -> ApiError {
        let (limit, action) = (self.body_limit(headers), self.action);
        let message =
            format!("Request must be smaller than {limit} bytes for the {action} operation");
        ApiError::new("RequestEntityTooLargeException", StatusCode::PAYLOAD_TOO_LARGE, message)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::shape::Kind;

    static INPUT: Shape = Shape::of(Kind::Structure(&[]));
    static SERVICE: ServiceSpec = ServiceSpec {
        signing_name: "lambda",
        protocol: Protocol::RestJson,
        api_version: "2015-03-31",
        target_prefix: "",
        validation_code: "ValidationException",
    };
    static INVOKE: OperationSpec = OperationSpec {
        index: 0,
        service: &SERVICE,
        name: "Invoke",
        resource: "invocation",
        action: "InvokeFunction",
        method: "POST",
        path: "/",
        query: None,
        status: 200,
        input: &INPUT,
        payload: Payload::None,
        result_wrapper: "",
        body_limit: 6_291_456,
        event_body_limit: Some(1_048_576),
        deprecated: false,
    };

    #[test]
    fn asynchronous_invocations_have_a_limit_of_their_own() {
        let mut headers = HeaderMap::new();
        let expected =
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation";
        assert_eq!(INVOKE.too_large(&headers).message(), Some(expected));
        headers.insert("x-amz-invocation-type", HeaderValue::from_static("Event"));
        assert_eq!(INVOKE.body_limit(&headers), 1_048_576);
    }
}
