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

/// Why a call was turned away.
#[expect(clippy::enum_variant_names, reason = "the names are AWS's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleReason {
    /// The account has no concurrency left.
    ConcurrentInvocationLimitExceeded,
    /// The function is invoked too often per second.
    FunctionInvocationRateLimitExceeded,
    /// The function's reserved concurrency is used up.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// The function is invoked too often per second for its reserved concurrency.
    ReservedFunctionInvocationRateLimitExceeded,
    /// The caller calls the API too often.
    CallerRateLimitExceeded,
    /// Too many snapshots are being made.
    ConcurrentSnapshotCreateLimitExceeded,
}

impl ThrottleReason {
    /// Returns AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
            Self::FunctionInvocationRateLimitExceeded => "FunctionInvocationRateLimitExceeded",
            Self::ReservedFunctionConcurrentInvocationLimitExceeded => {
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            }
            Self::ReservedFunctionInvocationRateLimitExceeded => {
                "ReservedFunctionInvocationRateLimitExceeded"
            }
            Self::CallerRateLimitExceeded => "CallerRateLimitExceeded",
            Self::ConcurrentSnapshotCreateLimitExceeded => "ConcurrentSnapshotCreateLimitExceeded",
        }
    }
}

/// `TooManyRequestsException`, with the seconds after which a retry makes sense.
pub fn throttled(reason: ThrottleReason, retry_after_s: Option<u32>) -> ApiError {
    let error = too_many_requests("Rate Exceeded.").with_member("Reason", reason.as_str());
    match retry_after_s {
        Some(seconds) => error.with_header(header::RETRY_AFTER, HeaderValue::from(seconds)),
        None => error,
    }
}
