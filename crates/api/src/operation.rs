//! What an operation is, who handles it, and the way of one call.

use std::future::Future;

use http::{HeaderName, HeaderValue, StatusCode};
use wire::{ApiError, OperationSpec, Request, Response};

use crate::Call;

/// One AWS operation, at the level of types: what goes in, what comes out, and how both travel.
pub trait Operation: Send + Sync + 'static {
    /// The request.
    type Input: Send;
    /// The answer.
    type Output: Send;
    /// The operation's row in the tables.
    const SPEC: &'static OperationSpec;

    /// Reads a request; it has passed every check of the model when this succeeds.
    fn decode(request: &Request<'_>) -> Result<Self::Input, ApiError>;

    /// Writes an answer.
    fn encode(output: Self::Output) -> Result<Response, ApiError>;
}

/// Does the work of one operation.
///
/// The input has passed the constraints of the model; everything else is the implementer's to check. The future may be
/// dropped when the client goes away, so what must not be left half done has to be handed to a task of its own.
pub trait Handle<O: Operation>: Send + Sync {
    /// Handles one call.
    fn handle(
        &self,
        call: &Call,
        input: O::Input,
    ) -> impl Future<Output = Result<O::Output, ApiError>> + Send;
}

/// Decodes, handles and encodes one call.
pub(crate) async fn run<O: Operation, S: Handle<O>>(
    service: &S,
    call: &Call,
    request: Request<'_>,
) -> Response {
    let answer = match O::decode(&request) {
        Ok(input) => {
            // The body may be 70 MB; what the input needs of it, the input holds.
            drop(request);
            service.handle(call, input).await.and_then(O::encode)
        }
        Err(error) => Err(error),
    };
    finish(call, O::SPEC, answer)
}

/// Answers a request that was routed to an operation of another service, which is a mistake of the caller of `dispatch`.
pub(crate) async fn unrouted(call: &Call, request: Request<'_>) -> Response {
    let spec = request.route.spec;
    let error =
        ApiError::new("InternalFailure", StatusCode::INTERNAL_SERVER_ERROR, "Internal failure");
    finish(call, spec, Err(error))
}

/// Renders the outcome and adds the headers that every answer carries.
fn finish(call: &Call, spec: &OperationSpec, answer: Result<Response, ApiError>) -> Response {
    let mut response = match answer {
        Ok(response) => response,
        Err(error) => error.render(spec.service.protocol, &call.request_id),
    };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-amzn-requestid"), call.request_id.header_value());
    if let Some(trace) = call.answered_trace().and_then(|trace| HeaderValue::try_from(trace).ok()) {
        headers.insert(HeaderName::from_static("x-amzn-trace-id"), trace);
    }
    response
}
