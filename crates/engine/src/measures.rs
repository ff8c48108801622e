//! What functions have done and are doing, in numbers.
//!
//! Counting costs an invocation a few atomic additions; whatever needs a look at more than one
//! number is left to whoever asks.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use model::names::{FunctionName, Region, VersionNumber};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::{admission::ThrottleReason, engine::Engine};

/// What is counted of one function, since the server started.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    invocations: AtomicU64,
    errors: AtomicU64,
    throttles: [AtomicU64; ThrottleReason::ALL.len()],
    provisioned_invocations: AtomicU64,
    spillover_invocations: AtomicU64,
}

/// The counts of all functions, by incarnation.
#[derive(Debug, Default)]
pub(crate) struct AllCounts(Mutex<HashMap<Uuid, Arc<Counts>>>);

/// Where an invocation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// On demand; its version has no provisioned concurrency.
    OnDemand,
    /// In provisioned concurrency.
    Provisioned,
    /// On demand, since its provisioned concurrency was in use.
    Spilled,
}

/// One function in numbers; the names are those of CloudWatch's metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measures {
    /// The function's region.
    pub region: Region,
    /// Its name.
    pub name: FunctionName,
    /// How often its code was run.
    pub invocations: u64,
    /// How often that came to an error.
    pub errors: u64,
    /// How often it was turned away, and why.
    pub throttles: Vec<(ThrottleReason, u64)>,
    /// How often its code was run in provisioned concurrency.
    pub provisioned_concurrency_invocations: u64,
    /// How often on demand, since provisioned concurrency was in use.
    pub provisioned_concurrency_spillover_invocations: u64,
    /// How many invocations are under way.
    pub concurrent_executions: u32,
    /// Whether it has a reservation.
    pub is_reserved: bool,
    /// Its versions that have provisioned concurrency.
    pub versions: Vec<ProvisionedMeasures>,
}

/// A version with provisioned concurrency in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvisionedMeasures {
    /// The version.
    pub number: VersionNumber,
    /// How many invocations are under way in provisioned concurrency.
    pub concurrent_executions: u32,
    /// How many provisioned environments are there.
    pub allocated: u32,
}

// === impl Counts ===

impl Counts {
    pub(crate) fn invoked(&self, placement: Placement) {
        self.invocations.fetch_add(1, Ordering::Relaxed);
        let more = match placement {
            Placement::OnDemand => return,
            Placement::Provisioned => &self.provisioned_invocations,
            Placement::Spilled => &self.spillover_invocations,
        };
        more.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn throttled(&self, reason: ThrottleReason) {
        for (one, count) in ThrottleReason::ALL.iter().zip(&self.throttles) {
            if *one == reason {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

// === impl AllCounts ===

impl AllCounts {
    /// Gives the counts of a function.
    pub(crate) fn of(&self, function: Uuid) -> Arc<Counts> {
        Arc::clone(self.0.lock().entry(function).or_default())
    }

    /// Tells which functions are counted.
    pub(crate) fn functions(&self) -> HashSet<Uuid> {
        self.0.lock().keys().copied().collect()
    }

    /// Forgets functions that are gone.
    pub(crate) fn forget(&self, gone: &HashSet<Uuid>) {
        self.0.lock().retain(|function, _| !gone.contains(function));
    }
}

// === impl Engine: measures ===

impl Engine {
    /// Gives all functions that were ever invoked, or have provisioned concurrency, in numbers.
    pub fn measures(&self) -> Vec<Measures> {
        let counts = self.counts.0.lock().clone();
        let usage = self.admission.usage();
        let targets = self.functions().provisioned();
        let mut ready = HashMap::new();
        self.each_version(|key, pool| {
            if let Some(number) = key.number {
                ready.insert((key.function, number), pool.ready());
            }
        });
        let mut all = Vec::new();
        self.functions().for_each(|function| {
            let incarnation = function.incarnation;
            let own = targets.get(&incarnation);
            let counts = counts.get(&incarnation);
            if own.is_none() && counts.is_none() {
                return;
            }
            let counts = counts.map_or(&NOTHING, Arc::as_ref);
            let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
            let throttles = ThrottleReason::ALL.into_iter().zip(counts.throttles.iter().map(load));
            let used = usage.get(&incarnation);
            let versions = own.into_iter().flatten().map(|(number, _)| ProvisionedMeasures {
                number: *number,
                concurrent_executions: used
                    .and_then(|used| used.provisioned.get(number))
                    .copied()
                    .unwrap_or_default(),
                allocated: ready.get(&(incarnation, *number)).copied().unwrap_or_default(),
            });
            all.push(Measures {
                region: function.region.clone(),
                name: function.name.clone(),
                invocations: load(&counts.invocations),
                errors: load(&counts.errors),
                throttles: throttles.collect(),
                provisioned_concurrency_invocations: load(&counts.provisioned_invocations),
                provisioned_concurrency_spillover_invocations: load(&counts.spillover_invocations),
                concurrent_executions: used.map_or(0, |used| used.running),
                is_reserved: function.reserved_concurrency.is_some(),
                versions: versions.collect(),
            });
        });
        all
    }
}

static NOTHING: Counts = Counts {
    invocations: AtomicU64::new(0),
    errors: AtomicU64::new(0),
    throttles: [const { AtomicU64::new(0) }; ThrottleReason::ALL.len()],
    provisioned_invocations: AtomicU64::new(0),
    spillover_invocations: AtomicU64::new(0),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_counted_where_it_belongs() {
        let all = AllCounts::default();
        let counts = all.of(Uuid::nil());
        for placement in [Placement::OnDemand, Placement::Provisioned, Placement::Spilled] {
            counts.invoked(placement);
        }
        counts.failed();
        counts.throttled(ThrottleReason::FunctionInvocationRateLimitExceeded);
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let same = all.of(Uuid::nil());
        assert_eq!((load(&same.invocations), load(&same.errors)), (3, 1));
        let special = (load(&same.provisioned_invocations), load(&same.spillover_invocations));
        assert_eq!(special, (1, 1));
        assert_eq!(same.throttles.each_ref().map(load), [0, 0, 1, 0]);
        all.forget(&all.functions());
        assert_eq!(load(&all.of(Uuid::nil()).invocations), 0);
    }
}
