//! One function's part of the ledger.

use std::collections::HashMap;

use model::names::VersionNumber;
use tokio::time::Instant;

use super::{Charge, Entitlement, Grant, Use};
use crate::admission::{ThrottleReason, bucket::Bucket};

/// What a function may use, and uses.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) entitlement: Entitlement,
    /// Everything that runs, whatever it was charged to.
    pub(super) running: u32,
    /// What runs outside provisioned concurrency: what was charged to the reservation, and before
    /// there was one to what is common.
    pub(super) on_demand: Use,
    /// What was charged to provisioned concurrency, by version.
    pub(super) shares: HashMap<VersionNumber, Use>,
    pub(super) requests: Bucket,
    pub(super) starts: Bucket,
}

// === impl Account ===

impl Account {
    /// Gives where a charge is counted.
    pub(super) fn use_of(&mut self, charge: Charge) -> &mut Use {
        match charge {
            Charge::Provisioned(number) => self.shares.entry(number).or_default(),
            Charge::Reserved | Charge::Common => &mut self.on_demand,
        }
    }

    /// Takes a grant back.
    pub(super) fn released(&mut self, grant: &Grant) {
        self.running -= 1;
        self.use_of(grant.charge).released(grant);
    }

    /// Tells whether a version's provisioned concurrency has room; `None` if it has none.
    pub(super) fn share_room(&self, number: Option<VersionNumber>) -> Option<(Charge, bool)> {
        let number = number?;
        let size = *self.entitlement.provisioned.get(&number)?;
        let running = self.shares.get(&number).map_or(0, |share| share.running);
        Some((Charge::Provisioned(number), running < size && !self.is_at_cap()))
    }

    /// Tells whether the reservation has room beside what is provisioned in it; `None` if there is
    /// no reservation.
    pub(super) fn reserved_room(&self) -> Option<bool> {
        Some(self.on_demand.running < self.remainder()? && !self.is_at_cap())
    }

    /// Tells how much of the reservation is not provisioned.
    pub(super) fn remainder(&self) -> Option<u32> {
        let reserved = self.entitlement.reserved?;
        Some(reserved.saturating_sub(self.entitlement.provisioned()))
    }

    /// Says why the function may not go faster.
    pub(super) fn rate_reason(&self) -> ThrottleReason {
        match self.entitlement.reserved {
            Some(_) => ThrottleReason::ReservedFunctionInvocationRateLimitExceeded,
            None => ThrottleReason::FunctionInvocationRateLimitExceeded,
        }
    }

    /// Tells whether there is anything to remember.
    pub(super) fn is_of_use(&self, now: Instant) -> bool {
        self.running > 0
            || self.entitlement != Entitlement::default()
            || self.on_demand.waiting > 0
            || self.shares.values().any(|share| share.waiting > 0)
            || !self.requests.is_full(now)
            || !self.starts.is_full(now)
    }

    fn is_at_cap(&self) -> bool {
        self.entitlement.reserved.is_some_and(|reserved| self.running >= reserved)
    }
}

// === impl Entitlement ===

impl Entitlement {
    /// Tells how much is provisioned in all versions.
    pub(crate) fn provisioned(&self) -> u32 {
        self.provisioned.values().fold(0, |sum, size| sum.saturating_add(*size))
    }

    /// Tells how much of the account is kept for the function.
    pub(super) fn kept(&self) -> u32 {
        self.reserved.unwrap_or_else(|| self.provisioned())
    }
}
