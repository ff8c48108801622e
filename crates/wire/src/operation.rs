//! What the generated tables say of a service and of one operation.

use http::HeaderMap;

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
}
