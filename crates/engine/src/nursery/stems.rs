//! Stem cells ahead of demand: a bed for each key that some function has.
//!
//! The stem filler, a reconciler, starts what is missing one at a time and ends what nobody needs any more. Stems are
//! parted by their memory: all of them together stay below a bound.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use sandbox::{Runtime, Stem, StemError, StemKey};
use tokio::time::Instant;

use super::{MakeError, Nursery, demand::Demand};

/// How long stems are kept that no function could use: functions are often deleted and made anew.
const LINGER: Duration = Duration::from_secs(10);
/// How long nothing is tried after a stem did not come to be; functions start the ordinary way meanwhile.
const RETRY: Duration = Duration::from_secs(15);

/// The keys that functions have now, and each one's runtime.
pub(crate) type Wanted = HashMap<StemKey, Arc<Runtime>>;

/// All beds.
#[derive(Debug, Default)]
pub(super) struct Beds(BTreeMap<StemKey, Bed>);

/// The stems of one key.
#[derive(Debug)]
struct Bed {
    runtime: Arc<Runtime>,
    ready: Vec<Ready>,
    demand: Demand,
    /// When some function had the key last.
    wanted_at: Instant,
    not_before: Instant,
}

#[derive(Debug)]
struct Ready {
    stem: Stem,
    memory_bytes: u64,
}

/// How many stems there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct StemBounds {
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) memory_bytes: u64,
}

/// Says why no stem was started.
#[derive(Debug, thiserror::Error)]
enum SowError {
    #[error(transparent)]
    Jail(#[from] MakeError),
    #[error(transparent)]
    Stem(#[from] StemError),
}

// === impl Beds ===

impl Beds {
    /// Takes a stem that waits; those that have died meanwhile are left in `dead`.
    fn take(&mut self, key: &StemKey, dead: &mut Vec<Stem>) -> Option<Stem> {
        let bed = self.0.get_mut(key)?;
        bed.demand.note();
        while let Some(Ready { stem, .. }) = bed.ready.pop() {
            if stem.is_alive() {
                return Some(stem);
            }
            dead.push(stem);
        }
        None
    }

    /// Notes which keys are wanted now.
    fn want(&mut self, wanted: Wanted, now: Instant) {
        for (key, runtime) in wanted {
            let bed = self.0.entry(key).or_insert_with(|| Bed {
                runtime,
                ready: Vec::new(),
                demand: Demand::default(),
                wanted_at: now,
                not_before: now,
            });
            bed.wanted_at = now;
        }
    }

    /// Takes out what is too much, unwanted or dead.
    fn weed(&mut self, bounds: StemBounds, now: Instant) -> Vec<Stem> {
        let mut out = Vec::new();
        for bed in self.0.values_mut() {
            let target = if bed.lingers(now) { bed.target(bounds) } else { 0 };
            let keep = bed.ready.len().min(target);
            out.extend(bed.ready.split_off(keep));
            out.extend(bed.ready.extract_if(.., |ready| !ready.stem.is_alive()));
        }
        self.0.retain(|_, bed| bed.lingers(now));
        out.into_iter().map(|ready| ready.stem).collect()
    }

    /// Finds a key of which a stem is missing: the one that lacks most, within the bound of memory.
    fn missing(&self, bounds: StemBounds, now: Instant) -> Option<(StemKey, Arc<Runtime>)> {
        let used: u64 = self.0.values().flat_map(|bed| &bed.ready).map(|r| r.memory_bytes).sum();
        if used >= bounds.memory_bytes {
            return None;
        }
        let lacking = |bed: &Bed| bed.target(bounds).saturating_sub(bed.ready.len());
        let (key, bed) = self
            .0
            .iter()
            .filter(|(_, bed)| bed.not_before <= now && lacking(bed) > 0)
            .max_by_key(|(_, bed)| (bed.ready.is_empty(), lacking(bed)))?;
        Some((key.clone(), Arc::clone(&bed.runtime)))
    }

    /// Keeps a new stem; gives it back if nobody wants it any more.
    fn keep(&mut self, key: &StemKey, stem: Stem) -> Option<Stem> {
        let Some(bed) = self.0.get_mut(key) else { return Some(stem) };
        let memory_bytes = stem.memory_bytes();
        bed.ready.push(Ready { stem, memory_bytes });
        None
    }

    fn fade(&mut self) {
        self.0.values_mut().for_each(|bed| bed.demand.fade());
    }

    /// Takes out everything.
    pub(super) fn clear(&mut self) -> Vec<Stem> {
        let beds = std::mem::take(&mut self.0);
        beds.into_values().flat_map(|bed| bed.ready).map(|ready| ready.stem).collect()
    }
}

// === impl Bed ===

impl Bed {
    fn target(&self, bounds: StemBounds) -> usize {
        self.demand.target(bounds.least, bounds.most)
    }

    fn lingers(&self, now: Instant) -> bool {
        now.duration_since(self.wanted_at) < LINGER
    }
}

// === impl Nursery ===

impl Nursery {
    /// Gives a stem that waits, if there is one of this key.
    pub(crate) fn stem(&self, key: &StemKey) -> Option<Stem> {
        let mut dead = Vec::new();
        let stem = self.state.lock().beds.take(key, &mut dead);
        self.end(dead);
        self.stem_taken.notify_one();
        stem
    }

    /// Tells whether stems are kept at all.
    pub(crate) fn keeps_stems(&self) -> bool {
        self.stem_bounds.most > 0
    }

    /// Notes which keys functions have now.
    pub(super) fn want(&self, wanted: Wanted) {
        self.state.lock().beds.want(wanted, Instant::now());
    }

    /// Forgets a part of the demand.
    pub(super) fn fade_stems(&self) {
        self.state.lock().beds.fade();
    }

    /// Ends what is too much and starts what is missing.
    pub(super) async fn fill_stems(&self) {
        let weeds = self.state.lock().beds.weed(self.stem_bounds, Instant::now());
        self.end(weeds);
        while let Some((key, runtime)) = self.missing_stem() {
            self.yield_to_starts().await;
            match self.sow(&key, runtime).await {
                Ok(stem) => self.keep_stem(&key, stem),
                Err(error) => {
                    tracing::warn!(%error, ?key, "no stem cell came to be");
                    self.postpone(&key);
                }
            }
        }
    }

    fn missing_stem(&self) -> Option<(StemKey, Arc<Runtime>)> {
        let state = self.state.lock();
        if state.closed {
            return None;
        }
        state.beds.missing(self.stem_bounds, Instant::now())
    }

    async fn sow(&self, key: &StemKey, runtime: Arc<Runtime>) -> Result<Stem, SowError> {
        let jail = self.make().await?;
        Ok(Stem::start(jail, key, runtime, &self.tasks).await?)
    }

    fn keep_stem(&self, key: &StemKey, stem: Stem) {
        let unwanted = {
            let mut state = self.state.lock();
            if state.closed { Some(stem) } else { state.beds.keep(key, stem) }
        };
        self.end(unwanted);
    }

    fn postpone(&self, key: &StemKey) {
        if let Some(bed) = self.state.lock().beds.0.get_mut(key) {
            bed.not_before = Instant::now() + RETRY;
        }
    }
}
