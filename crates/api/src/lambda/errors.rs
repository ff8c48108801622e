//! Errors of Lambda: those of the model, and those that the service answers without modelling them.

use std::borrow::Cow;

use http::{HeaderValue, StatusCode, header};
use wire::{ApiError, MessageKey};

pub use super::generated::errors::*;

/// `ValidationException`, with a message that is written like those of broken constraints.
pub fn validation(message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::validation("ValidationException", message)
}

/// `AccessDeniedException`
pub fn access_denied(message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::new("AccessDeniedException", StatusCode::FORBIDDEN, message)
        .with_message_key(MessageKey::Upper)
}

/// `AccessDeniedException` that does not say why, as for resources of another account.
pub fn access_denied_without_reason() -> ApiError {
    access_denied("").without_message()
}

/// `RequestEntityTooLargeException`
pub fn request_entity_too_large(message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::new("RequestEntityTooLargeException", StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// `TooManyRequestsException`, with a word of the model's `ThrottleReason` and the seconds after which
/// a retry makes sense.
pub fn throttled(reason: &'static str, retry_after_s: Option<u32>) -> ApiError {
    let error = too_many_requests("Rate Exceeded.").with_member("Reason", reason);
    match retry_after_s {
        Some(seconds) => error.with_header(header::RETRY_AFTER, HeaderValue::from(seconds)),
        None => error,
    }
}
