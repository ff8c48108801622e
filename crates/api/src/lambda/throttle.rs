//! The one exception that says why.

use http::{HeaderValue, header};
use wire::ApiError;

use super::errors;

/// Why a call was turned away.
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

/// Makes the `TooManyRequestsException` of a reason, with the seconds after which a retry makes sense.
pub fn throttled(reason: ThrottleReason, retry_after_s: Option<u32>) -> ApiError {
    let error = errors::too_many_requests("Rate Exceeded.").with_member("Reason", reason.as_str());
    match retry_after_s {
        Some(seconds) => error.with_header(header::RETRY_AFTER, HeaderValue::from(seconds)),
        None => error,
    }
}
