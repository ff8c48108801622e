//! Admission: whether an invocation may run now.
//!
//! The decision is [`ledger`]'s, which is pure. Here is what surrounds it: one short lock for each
//! region, permits that give themselves back, and the queue of those who wait a moment because a
//! function has answered and is about to be free.

mod bucket;
mod gate;
mod ledger;
mod reason;

use std::{collections::HashMap, sync::Arc};

use model::{Limits, names::Region};
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use self::{bucket::Rate, gate::Gate};
pub(crate) use self::{
    gate::{Permit, Seat},
    ledger::{Entitlement, Key, Rates, Usage},
};
pub use reason::ThrottleReason;

/// What is kept for the functions of each region.
pub(crate) type Entitlements = HashMap<Region, HashMap<Uuid, Entitlement>>;

/// The concurrency of the account, which each region has its own of.
#[derive(Debug)]
pub(crate) struct Admission {
    limit: u32,
    rates: Rates,
    gates: RwLock<HashMap<Region, Arc<Gate>>>,
    entitling: Mutex<()>,
}

// === impl Admission ===

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        let environments =
            Rate { count: limits.new_environments, per: limits.new_environments_interval };
        Self {
            limit: limits.concurrent_executions,
            rates: Rates {
                requests_per_concurrency: limits.requests_per_concurrency,
                environments,
            },
            gates: RwLock::default(),
            entitling: Mutex::default(),
        }
    }

    /// Gives the place from which a version's invocations ask.
    pub(crate) fn seat(&self, region: &Region, key: Key) -> Seat {
        Seat::new(self.gate(region), key)
    }

    /// Takes over what is kept for functions now, as `look` finds it.
    pub(crate) fn entitle(&self, look: impl FnOnce() -> Entitlements) {
        // One after the other, or what was found earlier could come to be in force later.
        let _one_at_a_time = self.entitling.lock();
        let mut all = look();
        let known: Vec<_> = self.gates.read().keys().cloned().collect();
        for region in known {
            all.entry(region).or_default();
        }
        for (region, functions) in all {
            self.gate(&region).entitle(functions);
        }
    }

    /// Tells what runs, by function.
    pub(crate) fn usage(&self) -> HashMap<Uuid, Usage> {
        self.gates.read().values().flat_map(|gate| gate.usage()).collect()
    }

    fn gate(&self, region: &Region) -> Arc<Gate> {
        if let Some(gate) = self.gates.read().get(region) {
            return Arc::clone(gate);
        }
        let mut gates = self.gates.write();
        let new = || Arc::new(Gate::new(self.limit, self.rates));
        Arc::clone(gates.entry(region.clone()).or_insert_with(new))
    }
}
