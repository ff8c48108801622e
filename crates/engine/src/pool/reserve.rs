//! The provisioned environments of a version: made before they are needed, and kept.

use std::{sync::Arc, time::Duration};

use model::{Timestamp, function::Allocation};
use sandbox::Environment;
use tokio::time::Instant;

use super::{Idle, NotStarted, Pool, State, is_provisioned};
use crate::functions::Target;

/// What a pool keeps ready.
#[derive(Debug, Default)]
pub(super) struct Reserve {
    /// The most recently used is last.
    pub(super) idle: Vec<Idle>,
    wanted: u32,
    /// When that was set, which forgives an earlier failure.
    set_at: Timestamp,
    starting: u32,
    /// How many are to be ended as soon as they are idle.
    surplus: u32,
    failure: Option<Failure>,
}

/// A start that came to nothing.
#[derive(Clone, Copy, Debug)]
struct Failure {
    /// Whether the function's own init is to blame.
    by_init: bool,
    /// When to try again.
    again_at: Instant,
}

/// How long what is provisioned lives, and rests after a failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) life: Duration,
    pub(crate) retry: Duration,
}

// === impl Pool: provisioned environments ===

impl Pool {
    /// Sets how many environments are to be kept, ends those beyond, and claims the starts of those
    /// that are missing. What has become too old goes only when another one has taken its place.
    pub(crate) fn provision(&self, target: Target, pace: Pace) -> u32 {
        let state = &mut *self.state.lock();
        if state.reserve.set_at != target.set_at {
            state.reserve.set_at = target.set_at;
            state.reserve.failure = None;
        }
        state.reserve.wanted = target.concurrency;
        state.reserve.forget_lost();
        let young = state.provisioned(|born| born.elapsed() < pace.life);
        let all = state.provisioned(|_| true);
        state.reserve.end_surplus(all.saturating_sub(target.concurrency));
        if state.reserve.failure.is_some_and(|failure| failure.again_at > Instant::now()) {
            return 0;
        }
        let missing = target.concurrency.saturating_sub(young + state.reserve.starting);
        state.reserve.starting += missing;
        missing
    }

    /// Keeps no environments any longer.
    pub(crate) fn release(&self) {
        let state = &mut *self.state.lock();
        state.reserve.wanted = 0;
        state.reserve.failure = None;
        state.reserve.forget_lost();
        let all = state.provisioned(|_| true);
        state.reserve.end_surplus(all);
    }

    /// Tells whether a start that was claimed is to be made still.
    pub(crate) fn wants_start(&self, pace: Pace) -> bool {
        let state = self.state.lock();
        let rests = state.reserve.failure.is_some_and(|one| one.again_at > Instant::now());
        let young = state.provisioned(|born| born.elapsed() < pace.life);
        !self.is_retired() && !rests && young < state.reserve.wanted
    }

    /// Takes what came of a claimed start; `None` if it was not made.
    pub(crate) fn provisioned_started(
        self: &Arc<Self>,
        outcome: Option<Result<Arc<Environment>, NotStarted>>,
        pace: Pace,
    ) {
        let mut state = self.state.lock();
        state.reserve.starting -= 1;
        let again_at = Instant::now() + pace.retry;
        match outcome {
            Some(Ok(environment)) if environment.is_warm() => {
                state.reserve.failure = None;
                self.place(state, environment, Instant::now());
            }
            Some(Ok(environment)) => {
                environment.close();
                state.reserve.failure = Some(Failure { by_init: true, again_at });
            }
            Some(Err(_)) => state.reserve.failure = Some(Failure { by_init: false, again_at }),
            None => {}
        }
        self.signals.provisioned.notify_one();
    }

    /// Tells how many are there.
    pub(crate) fn ready(&self) -> u32 {
        self.state.lock().provisioned(|_| true)
    }

    /// Tells how far what was set at a moment has come.
    pub(crate) fn allocation(&self, set_at: Timestamp) -> Allocation {
        let state = self.state.lock();
        let ready = state.provisioned(|_| true);
        let failed = state.reserve.failure.is_some_and(|failure| failure.by_init)
            && state.reserve.set_at == set_at
            && ready == 0;
        Allocation { ready, leaving: 0, failed }
    }
}

impl State {
    /// Counts provisioned environments that live, by when they were made.
    fn provisioned(&self, counts: impl Fn(Instant) -> bool) -> u32 {
        let idle = self.reserve.idle.iter().filter(|one| one.environment.is_open());
        let lent = self.lent.values().filter(|one| is_provisioned(&one.environment));
        let lent = lent.filter(|one| one.environment.is_open());
        let all = idle.map(|one| one.born).chain(lent.map(|one| one.born));
        u32::try_from(all.filter(|born| counts(*born)).count()).unwrap_or(u32::MAX)
    }
}

// === impl Reserve ===

impl Reserve {
    /// Takes an idle environment in, and ends the oldest if there are too many.
    pub(super) fn put(&mut self, idle: Idle) {
        self.idle.push(idle);
        self.end_surplus(self.surplus);
    }

    /// Ends so many, the oldest first, and the rest of them as soon as they are idle.
    fn end_surplus(&mut self, surplus: u32) {
        self.surplus = surplus;
        while self.surplus > 0
            && let Some(oldest) = (0..self.idle.len()).min_by_key(|&at| self.idle[at].born)
        {
            self.idle.remove(oldest).environment.close();
            self.surplus -= 1;
        }
    }

    /// Ends those whose runtime has ended while they were idle.
    fn forget_lost(&mut self) {
        self.idle.retain(|one| {
            let keep = one.environment.is_open() && one.environment.is_warm();
            if !keep {
                one.environment.close();
            }
            keep
        });
    }
}
