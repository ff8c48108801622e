//! Answers with members outside the body.

use http::{HeaderName, HeaderValue};

use crate::request::with_status;
use crate::{Body, OperationSpec, Response};

/// An answer in the making: status, headers and then a raw body.
#[derive(Debug)]
pub struct Answer {
    response: Response,
}

impl Answer {
    /// Starts an answer with the operation's usual status.
    pub fn new(spec: &OperationSpec) -> Self {
        Self { response: with_status(Response::new(Body::Empty), spec.status) }
    }

    /// Sets the status, if the output names one.
    #[must_use]
    pub fn status(mut self, status: Option<i32>) -> Self {
        if let Some(status) = status.and_then(|status| u16::try_from(status).ok()) {
            self.response = with_status(self.response, status);
        }
        self
    }

    /// Sets a header, if the output has it; a value that no header can carry is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: Option<String>) -> Self {
        if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
            self.response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Finishes with the body; bytes without another type are JSON, which is what functions answer.
    pub fn body(self, body: impl Into<Body>) -> Response {
        let mut response = self.response;
        *response.body_mut() = body.into();
        if !matches!(response.body(), Body::Empty) {
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().entry(http::header::CONTENT_TYPE).or_insert(json);
        }
        response
    }
}
