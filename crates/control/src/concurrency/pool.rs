//! The account's concurrency in a region: what is kept for single functions, and what is left.

use model::names::Region;

use crate::Control;

// === impl Control: the pool ===

impl Control {
    /// Tells how much concurrency is kept for no function, as reserved or as provisioned.
    pub(crate) fn unreserved_concurrency(&self, region: &Region) -> u32 {
        let kept = self.parts.functions.kept_concurrency(region);
        self.parts.limits.concurrent_executions.saturating_sub(kept)
    }

    /// Tells how much has to stay unreserved; an account with less than that keeps all it has.
    pub(crate) fn minimum_unreserved(&self) -> u32 {
        let limits = &self.parts.limits;
        limits.minimum_unreserved_concurrency.min(limits.concurrent_executions)
    }
}
