//! The reconciler that makes idle functions inactive, and gives back what is kept for them.
//!
//! AWS does so for what it holds outside of environments (interfaces in a VPC, images made fit to start from).
//! Here a function in a VPC has no interface, but environments and unpacked code as any other: those go.
//! It only looks periodically, since nothing but time makes a function idle, and takes no input; what it has
//! done once it does not do again.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use engine::{ChangeError, CodeError, CodeStore, Functions, Held, Occupancy};
use model::{
    Timestamp,
    function::{Event, Function, FunctionState, Version},
    names::VersionNumber,
};
use store::{Clock, Digest};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::code_collector::GRACE;

/// How often in its time a function is looked at, so that it is found idle soon after.
const LOOKS: u32 = 8;

/// The shortest and the longest time between two looks.
const EVERY: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(10 * 60)];

/// Makes those functions and versions inactive that hold something outside and were not used for long.
///
/// When a function was used is kept in memory only: a restart counts as use. An invocation pays nothing
/// for it, as its environment is counted anyway; who has got none since the last look was not used.
#[derive(Debug)]
pub struct Deactivation {
    parts: Parts,
    seen: HashMap<Key, Seen>,
    unused_since_ms: HashMap<Digest, i64>,
}

/// What the reconciler is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) functions: Arc<Functions>,
    pub(crate) occupancy: Arc<dyn Occupancy>,
    pub(crate) code: CodeStore,
    pub(crate) clock: Arc<dyn Clock>,
    /// Written by whoever takes unpacked code away that a record is about to need.
    pub(crate) uploads: Arc<RwLock<()>>,
    /// How long a function may be idle.
    pub(crate) after: Duration,
}

type Key = (Uuid, Option<VersionNumber>);

/// A version as it was seen last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    uses: u64,
    /// Uses begin anew with the settings.
    last_modified: Timestamp,
    idle_since_ms: i64,
}

// === impl Deactivation ===

impl Deactivation {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, seen: HashMap::new(), unused_since_ms: HashMap::new() }
    }

    /// Runs until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let [least, most] = EVERY;
        let mut periodic = tokio::time::interval((self.parts.after / LOOKS).clamp(least, most));
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = periodic.tick() => {}
            }
            self.look().await;
        }
    }

    /// Looks at every version that holds something outside.
    pub(crate) async fn look(&mut self) {
        let held = self.parts.functions.holding_outside();
        let mut seen = HashMap::new();
        let mut packable = HashSet::new();
        for one in &held {
            let (Some(function), Some(version)) = (one.function(), one.version()) else { continue };
            let key = (function.incarnation, version.number);
            match version.readiness.state {
                FunctionState::Active if !version.readiness.in_progress() => {
                    let now = self.seen_now(function, version);
                    if self.is_due(now) {
                        // It may be active again before the next look, with all of its time.
                        self.deactivate(function, version).await;
                    } else {
                        seen.insert(key, now);
                    }
                }
                FunctionState::Inactive(_)
                    if !version.readiness.in_progress()
                        && self.parts.occupancy.release(function.incarnation, version.number) =>
                {
                    packable.insert(key);
                }
                _ => {}
            }
        }
        self.seen = seen;
        if let Err(error) = self.pack(&held, &packable).await {
            tracing::warn!(%error, "cannot remove the code of inactive functions yet");
        }
    }

    fn seen_now(&self, function: &Function, version: &Version) -> Seen {
        let Parts { functions, occupancy, clock, .. } = &self.parts;
        let used = occupancy.use_of(function.incarnation, version.number);
        let now = Seen {
            uses: used.count,
            last_modified: version.last_modified,
            idle_since_ms: clock.now_ms(),
        };
        // What is kept ready is not idle, and neither is the rest of a function that keeps something ready.
        if used.is_busy || functions.provisioned_concurrency(function) > 0 {
            return now;
        }
        let before = self.seen.get(&(function.incarnation, version.number));
        let same =
            |before: &&Seen| (before.uses, before.last_modified) == (now.uses, now.last_modified);
        before.filter(same).copied().unwrap_or(now)
    }

    fn is_due(&self, seen: Seen) -> bool {
        let idle_ms = self.parts.clock.now_ms().saturating_sub(seen.idle_since_ms);
        u128::try_from(idle_ms).is_ok_and(|idle_ms| idle_ms >= self.parts.after.as_millis())
    }

    async fn deactivate(&self, function: &Function, version: &Version) {
        let number = version.number;
        match self.parts.functions.meet(function, number, Event::FoundIdle).await {
            Ok(_) => {
                tracing::info!(function = %function.name, version = %version.qualifier(), "idle, and inactive from now on");
                // The rest is done at the next look, for all that are inactive.
                self.parts.occupancy.release(function.incarnation, number);
            }
            Err(ChangeError::NotFound | ChangeError::Refused(_)) => {}
            Err(ChangeError::Store(error)) => {
                tracing::warn!(%error, function = %function.name, "cannot make a function inactive yet");
            }
        }
    }

    /// Removes the unpacked code of inactive versions, where no other version needs it, and none that was
    /// replaced lately can still be running on it.
    async fn pack(&mut self, held: &[Held], inactive: &HashSet<Key>) -> Result<(), CodeError> {
        let versions = held.iter().filter_map(|one| Some((one.function()?, one.version()?)));
        let of_inactive: HashSet<Digest> = versions
            .filter(|(function, version)| {
                inactive.contains(&(function.incarnation, version.number))
            })
            .flat_map(|(_, version)| digests(version))
            .filter(|digest| self.parts.code.is_unpacked(digest))
            .collect();
        if of_inactive.is_empty() {
            self.unused_since_ms.clear();
            return Ok(());
        }
        // Nobody comes to need code meanwhile: whoever uploads or restores some waits.
        let uploads = Arc::clone(&self.parts.uploads);
        let _nobody_needs_more = uploads.write().await;
        let needed = self.needed();
        let now_ms = self.parts.clock.now_ms();
        let since = |digest| self.unused_since_ms.get(&digest).copied().unwrap_or(now_ms);
        let unused = of_inactive.difference(&needed);
        self.unused_since_ms = unused.map(|digest| (*digest, since(*digest))).collect();
        let grace_ms = GRACE.min(self.parts.after).as_millis();
        let is_due = |since_ms: i64| {
            u128::try_from(now_ms.saturating_sub(since_ms)).is_ok_and(|ms| ms >= grace_ms)
        };
        let due = self.unused_since_ms.iter().filter(|(_, since_ms)| is_due(**since_ms));
        let due: HashSet<Digest> = due.map(|(digest, _)| *digest).collect();
        if due.is_empty() { Ok(()) } else { self.parts.code.pack(due).await }
    }

    /// Gives the code of every version that is not inactive by now.
    fn needed(&self) -> HashSet<Digest> {
        let mut needed = HashSet::new();
        let functions = &self.parts.functions;
        functions.for_each(|function| {
            let is_ready = |version: &Version| {
                version.readiness.in_progress()
                    || !matches!(version.readiness.state, FunctionState::Inactive(_))
            };
            if is_ready(&function.latest) {
                needed.extend(digests(&function.latest));
                let serving = function.settings_in_force().archives();
                needed.extend(serving.filter_map(|code| code.sha256.parse::<Digest>().ok()));
            }
            for row in functions.versions(function, None, usize::MAX) {
                if is_ready(&row.0) {
                    needed.extend(digests(&row.0));
                }
            }
        });
        needed
    }
}

fn digests(version: &Version) -> impl Iterator<Item = Digest> {
    version.settings.archives().filter_map(|code| code.sha256.parse().ok())
}

#[cfg(test)]
mod tests;
