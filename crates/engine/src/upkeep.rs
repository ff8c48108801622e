//! Reconcilers: what is done for environments while nobody asks for anything.
//!
//! Each takes no input, may run at any time, and does nothing when there is nothing to do.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use crate::{engine::Engine, nursery::Wanted, pool::Ages};

/// How long after a change further ones are waited for, before all functions are looked through: with
/// very many of them, a look after each change of a stream would cost more than the changes.
pub(crate) const SETTLE: Duration = Duration::from_millis(50);

impl Engine {
    /// Runs all reconcilers until the engine closes.
    pub fn run_upkeep(self: &Arc<Self>, tasks: &TaskTracker) {
        let run = |engine: Arc<Self>| async move {
            let closing = engine.closing.clone();
            tokio::select! {
                () = closing.cancelled() => {}
                () = engine.freeze_idle() => {}
                () = engine.reap() => {}
                () = engine.retire() => {}
                () = engine.keep_provisioned() => {}
                () = engine.nursery().keep_blanks() => {}
                () = engine.keep_stems() => {}
            }
        };
        tasks.spawn(run(Arc::clone(self)));
    }

    /// Stops the processes of environments that became idle.
    async fn freeze_idle(&self) {
        let after = self.config().freeze_after;
        loop {
            self.signals.idle.notified().await;
            let mut running = true;
            while running {
                sleep(after).await;
                running = false;
                self.each_pool(|pool| running |= pool.freeze(after));
            }
        }
    }

    /// Ends environments that have been idle, or alive, for too long.
    async fn reap(&self) {
        let ages =
            Ages { idle: self.limits().idle_timeout, life: self.limits().environment_lifetime };
        loop {
            sleep(self.config().reap_every).await;
            self.each_pool(|pool| pool.reap(ages));
        }
    }

    /// Starts interpreters ahead of demand for the runtimes that functions have.
    async fn keep_stems(&self) {
        let wanted = || {
            let mut wanted = Wanted::new();
            self.functions().for_each(|function| {
                if let Some((key, runtime)) = self.stem_key(function.settings_in_force()) {
                    wanted.entry(key).or_insert(runtime);
                }
            });
            wanted
        };
        self.nursery().keep_stems(self.functions().changes(), wanted).await;
    }

    /// Ends environments of versions that are gone.
    async fn retire(&self) {
        let mut changes = self.functions().changes();
        // The channel only closes with the store, and the server with it.
        while changes.changed().await.is_ok() {
            sleep(SETTLE).await;
            changes.borrow_and_update();
            self.retire_stale_pools();
        }
        std::future::pending::<()>().await;
    }
}
