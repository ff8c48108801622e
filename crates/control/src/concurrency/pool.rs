//! The account's concurrency in a region: what is kept for single functions, and what is left.

use model::names::Region;

use crate::Control;

// === impl Control: the pool ===

impl Control {
    /// Tells how much concurrency no function has reserved.
    pub(crate) fn unreserved_concurrency(&self, region: &Region) -> u32 {
        let reserved = self.parts.functions.reserved_concurrency(region);
        self.parts.limits.concurrent_executions.saturating_sub(reserved)
    }

    /// Tells how much has to stay unreserved; an account with less than that keeps all it has.
    pub(super) fn minimum_unreserved(&self) -> u32 {
        let limits = &self.parts.limits;
        limits.minimum_unreserved_concurrency.min(limits.concurrent_executions)
    }
}
