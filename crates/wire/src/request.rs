//! One request on its way from HTTP to an operation's struct, and the answer's way back.

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rest_json::Labels;
use crate::shape::{conform, violations};
use crate::{ApiError, Body, OperationSpec, Protocol, Response, aws_json, query, rest_json};

/// Which operation a request is for.
#[derive(Clone, Debug)]
pub struct Route<'p> {
    /// The operation.
    pub spec: &'static OperationSpec,
    /// What the path held where the template has labels.
    pub(crate) labels: Labels<'p>,
}

/// A routed request with its whole body.
#[derive(Debug)]
pub struct Request<'a> {
    /// The operation and the values from the path.
    pub route: &'a Route<'a>,
    /// Method, path, query and headers.
    pub parts: &'a Parts,
    /// The body.
    pub body: Bytes,
}

/// Reads a request into its operation's struct, after all checks that the model calls for.
pub fn decode<T: DeserializeOwned>(request: &Request<'_>) -> Result<T, ApiError> {
    // A blob that is no base64 is the one thing that passes the checks and is no valid document all the same.
    serde_json::from_value(document(request)?)
        .map_err(|error| ApiError::serialization(error.to_string()))
}

/// Reads a request into a document of the input's shape, after the same checks as [`decode`].
///
/// Who looks at a request before its operation does has to see exactly what the operation will.
pub fn document(request: &Request<'_>) -> Result<Value, ApiError> {
    let spec = request.route.spec;
    let mut value = match spec.service.protocol {
        Protocol::RestJson => rest_json::read(request)?,
        Protocol::AwsJson10 | Protocol::AwsJson11 => aws_json::read(&request.body)?,
        Protocol::Query { .. } => query::read(spec.input, &request.body)?,
    };
    conform(spec.input, &mut value)
        .map_err(|mismatch| ApiError::serialization(mismatch.to_string()))?;
    match violations(spec.input, &value).message() {
        None => Ok(value),
        Some(message) => Err(ApiError::validation(spec.service.validation_code, message)),
    }
}

/// Writes an answer whose members all travel in the body.
pub fn encode<T: Serialize>(spec: &OperationSpec, output: &T) -> Result<Response, ApiError> {
    let response = match spec.service.protocol {
        Protocol::RestJson => json(output, "application/json")?,
        Protocol::AwsJson10 => json(output, "application/x-amz-json-1.0")?,
        Protocol::AwsJson11 => json(output, "application/x-amz-json-1.1")?,
        Protocol::Query { namespace } => {
            let value = serde_json::to_value(output).map_err(internal)?;
            typed(query::answer(spec, namespace, &value).into(), "text/xml")
        }
    };
    Ok(with_status(response, spec.status))
}

/// Writes the answer of an operation that has none.
pub fn encode_empty(spec: &OperationSpec) -> Response {
    let response = match spec.service.protocol {
        Protocol::Query { namespace } => {
            typed(query::answer(spec, namespace, &Value::Null).into(), "text/xml")
        }
        Protocol::RestJson => Response::new(Body::Empty),
        Protocol::AwsJson10 => typed(Body::Empty, "application/x-amz-json-1.0"),
        Protocol::AwsJson11 => typed(Body::Empty, "application/x-amz-json-1.1"),
    };
    with_status(response, spec.status)
}

fn json<T: Serialize>(output: &T, content_type: &'static str) -> Result<Response, ApiError> {
    Ok(typed(serde_json::to_vec(output).map_err(internal)?.into(), content_type))
}

pub(crate) fn typed(body: Body, content_type: &'static str) -> Response {
    let mut response = Response::new(body);
    let value = http::HeaderValue::from_static(content_type);
    response.headers_mut().insert(http::header::CONTENT_TYPE, value);
    response
}

pub(crate) fn with_status(mut response: Response, status: u16) -> Response {
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response
}

/// An output that cannot be written is a mistake of ours: a map with keys that are no text, or a number that is no number.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn internal(error: serde_json::Error) -> ApiError {
    ApiError::new("ServiceException", StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
        .with_fault(crate::Fault::Service)
        .with_message_key(crate::MessageKey::Upper)
}
