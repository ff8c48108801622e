//! Why a function URL does not answer with what the function says, in AWS's words.
//!
//! Source: recorded answers, reference http-and-push-events.md 6.2. Unverified: the bodies of 413 and
//! 429, which are those of `Invoke`.

use api::lambda::{
    errors::{access_denied, access_denied_without_reason},
    throttled,
};
use engine::InvokeError;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use wire::{ApiError, Body, Protocol, RequestId, Response};

use super::answer::Malformed;

const FORBIDDEN: &str = "Forbidden. For troubleshooting Function URL authorization issues, see: \
                         https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/// Why there is no answer of the function.
#[derive(Debug)]
pub(super) enum UrlRefusal {
    /// Nothing has this address.
    Unknown,
    /// The caller may not, or has not proved who it is.
    Forbidden,
    /// The function failed, or what it answered is no answer of HTTP.
    Failed,
    /// What the API would say.
    Api(ApiError),
}

// === impl UrlRefusal ===

impl UrlRefusal {
    pub(super) fn render(&self, request_id: &RequestId) -> Response {
        let error = match self {
            Self::Unknown => &access_denied_without_reason(),
            Self::Forbidden => &access_denied(FORBIDDEN),
            Self::Api(error) => error,
            Self::Failed => return failed(),
        };
        error.render(Protocol::RestJson, request_id)
    }
}

fn failed() -> Response {
    let mut response = Response::new(Body::from("Internal Server Error".to_owned()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

impl From<Malformed> for UrlRefusal {
    fn from(_: Malformed) -> Self {
        Self::Failed
    }
}

impl From<InvokeError> for UrlRefusal {
    fn from(error: InvokeError) -> Self {
        match error {
            // It was deleted this very moment.
            InvokeError::NotFound(_) => Self::Unknown,
            InvokeError::Throttled(reason) => Self::Api(throttled(reason.as_str(), None)),
            // The answer of AWS is not recorded; a caller who tries again later is right to.
            InvokeError::NotReady { .. } => Self::Failed,
            error => {
                tracing::error!(%error, "a function URL could not invoke its function");
                Self::Failed
            }
        }
    }
}
