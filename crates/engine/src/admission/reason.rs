//! Why an invocation is turned away.

/// Why an invocation is turned away; the names are those of the API's `Reason`.
#[expect(clippy::enum_variant_names, reason = "the names are AWS's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ThrottleReason {
    /// The account has no concurrency left that no function has reserved.
    ConcurrentInvocationLimitExceeded,
    /// The function's reserved concurrency is used up.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// The function is invoked too often per second, or grows too fast.
    FunctionInvocationRateLimitExceeded,
    /// The same of a function that has reserved concurrency.
    ReservedFunctionInvocationRateLimitExceeded,
}

// === impl ThrottleReason ===

impl ThrottleReason {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ConcurrentInvocationLimitExceeded,
        Self::ReservedFunctionConcurrentInvocationLimitExceeded,
        Self::FunctionInvocationRateLimitExceeded,
        Self::ReservedFunctionInvocationRateLimitExceeded,
    ];

    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
            Self::ReservedFunctionConcurrentInvocationLimitExceeded => {
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            }
            Self::FunctionInvocationRateLimitExceeded => "FunctionInvocationRateLimitExceeded",
            Self::ReservedFunctionInvocationRateLimitExceeded => {
                "ReservedFunctionInvocationRateLimitExceeded"
            }
        }
    }
}
