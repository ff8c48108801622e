//! The pool fillers: they make what is missing and end what is too much.

use std::time::Duration;

use futures_util::future::join_all;
use store::Revision;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use super::{MakeError, Nursery, Wanted};
use crate::upkeep::SETTLE;

/// How often demand fades and everything is looked through, even if nothing was taken.
const BEAT: Duration = Duration::from_secs(1);
/// How many jails are made side by side: the spawner is one thread, but a jail is also made by its own init.
const SIDE_BY_SIDE: usize = 2;
/// How long starts under way are yielded to; after that something is made all the same, since under constant load there
/// is always one.
const PATIENCE: Duration = Duration::from_millis(25);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

impl Nursery {
    /// Runs the filler of stems for ever; `changed` tells that functions have changed, and `wanted` which keys they have.
    pub(crate) async fn keep_stems(
        &self,
        mut changes: watch::Receiver<Revision>,
        wanted: impl Fn() -> Wanted,
    ) {
        if !self.keeps_stems() {
            return std::future::pending().await;
        }
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = beat.tick() => self.fade_stems(),
                // The channel only closes with the store, and the server with it.
                Ok(()) = changes.changed() => sleep(SETTLE).await,
                () = self.stem_taken.notified() => {}
            }
            self.want(wanted());
            self.fill_stems().await;
        }
    }

    /// Runs the filler of blank jails for ever.
    pub(crate) async fn keep_blanks(&self) {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = beat.tick() => self.state.lock().demand.fade(),
                () = self.blank_taken.notified() => {}
            }
            if let Err(error) = self.fill_blanks().await {
                tracing::error!(%error, "no blank jail could be made ahead of demand");
                // The cause will hardly be gone at once.
                sleep(BEAT).await;
            }
        }
    }

    /// Makes blank jails, or ends some, until there are as many as are wanted.
    async fn fill_blanks(&self) -> Result<(), MakeError> {
        loop {
            let missing = self.missing_blanks();
            if missing == 0 {
                return Ok(());
            }
            self.yield_to_starts().await;
            let made = join_all((0..missing.min(SIDE_BY_SIDE)).map(|_| self.make())).await;
            for jail in made {
                self.keep_blank(jail?);
            }
        }
    }

    fn missing_blanks(&self) -> usize {
        let (missing, surplus) = {
            let mut state = self.state.lock();
            if state.closed {
                return 0;
            }
            let target = state.demand.target(self.blank_jails, self.blank_jails_max);
            let kept = state.blanks.len().min(target);
            (target - kept, state.blanks.split_off(kept))
        };
        self.end(surplus);
        missing
    }

    fn keep_blank(&self, jail: jail::Jail) {
        let mut state = self.state.lock();
        if state.closed {
            drop(state);
            return self.end([jail]);
        }
        state.blanks.push(jail);
    }

    pub(super) async fn yield_to_starts(&self) {
        let began = Instant::now();
        while self.starts_under_way() > 0 && began.elapsed() < PATIENCE {
            sleep(LOOK_AGAIN).await;
        }
    }
}
