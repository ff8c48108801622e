//! What the operations on concurrency refuse.

use api::lambda::errors;

use crate::error::Refusal;

/// Why concurrency is not reserved, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConcurrencyRefusal {
    #[error(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{minimum}]."
    )]
    PoolTooSmall { minimum: u32 },
    /// The blanks are AWS's.
    #[error(
        " ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned concurrency [{provisioned}]."
    )]
    LessThanProvisioned { wanted: u32, provisioned: u32 },
}

impl From<ConcurrencyRefusal> for Refusal {
    fn from(refusal: ConcurrencyRefusal) -> Self {
        Self::group(errors::invalid_parameter_value(refusal.to_string()).without_fault())
    }
}
