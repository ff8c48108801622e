//! The failure of one call, as AWS would word it.

mod render;
mod render_xml;

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller's.
    User,
    /// The service's.
    Service,
}

/// How an exception spells the member that holds its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKey {
    /// `message`
    Lower,
    /// `Message`
    Upper,
}

/// An error answer: made where the failure is decided, rendered by the protocol of the service.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    code: Cow<'static, str>,
    status: StatusCode,
    message: Option<Cow<'static, str>>,
    message_key: MessageKey,
    fault: Option<Fault>,
    members: Vec<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// Makes an error that carries a code and a message, spelled `message` and without a `Type`.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        status: StatusCode,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            status,
            message: Some(message.into()),
            message_key: MessageKey::Lower,
            fault: None,
            members: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Says whose fault it is, which rest-json services send as `Type`.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Leaves out the `Type`, as some checks of limits do.
    #[must_use]
    pub fn without_fault(mut self) -> Self {
        self.fault = None;
        self
    }

    /// Spells the message's member as this exception does.
    #[must_use]
    pub fn with_message_key(mut self, key: MessageKey) -> Self {
        self.message_key = key;
        self
    }

    /// Sends a null message, as AWS does where it will not say more.
    #[must_use]
    pub fn without_message(mut self) -> Self {
        self.message = None;
        self
    }

    /// Adds a member to the body, for example `Reason`.
    #[must_use]
    pub fn with_member(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// Adds a header to the answer, for example `Retry-After`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Makes the error of a broken constraint; `code` is the service's word for it.
    pub fn validation(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, StatusCode::BAD_REQUEST, message)
    }

    /// Makes the error of a body that cannot be turned into the operation's request.
    pub fn serialization(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("SerializationException", StatusCode::BAD_REQUEST, message)
            .with_message_key(MessageKey::Upper)
    }

    /// Returns the code, for example `ResourceNotFoundException`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the message, if there is one.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns whose fault it is, if it says so.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.code, self.status.as_u16())?;
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}
