//! The reconciler that keeps provisioned environments: as many as are wanted, where they are wanted.
//!
//! It runs on every change and periodically, takes no input, and does nothing when all is as wanted.
//! What is wanted is in the records, so after a restart everything comes back by itself.

use std::{collections::HashSet, sync::Arc};

use model::{
    Timestamp,
    environment::InitializationType,
    function::{Allocation, Event, Function, FunctionState},
    names::{Qualifier, VersionNumber},
};
use tokio::time::sleep;

use crate::{
    admission::Key,
    engine::Engine,
    functions::{ChangeError, Targets},
    invoke::{self, InvokeError},
    pool::{Pace, Pool},
    upkeep::SETTLE,
};

// === impl Engine: provisioning ===

impl Engine {
    /// Keeps provisioned environments until the engine closes.
    pub(crate) async fn keep_provisioned(&self) {
        let [mut versions, mut aliases] = self.functions().owned_changes();
        let mut functions = self.functions().changes();
        loop {
            // Marked as seen before looking, so that no change falls between two looks.
            versions.borrow_and_update();
            aliases.borrow_and_update();
            functions.borrow_and_update();
            self.entitle();
            self.provision_all();
            // The channels only close with the store, and the server with it.
            tokio::select! {
                _ = versions.changed() => sleep(SETTLE).await,
                _ = aliases.changed() => sleep(SETTLE).await,
                _ = functions.changed() => sleep(SETTLE).await,
                () = self.signals.provisioned.notified() => {}
                () = sleep(self.config().reap_every) => {}
            }
        }
    }

    /// Brings every version closer to what it is to have ready.
    pub(crate) fn provision_all(&self) {
        let all = self.functions().provisioned();
        let mut wanted: HashSet<Key> = HashSet::new();
        let mut moving: HashSet<uuid::Uuid> = HashSet::new();
        if !all.is_empty() {
            self.functions().for_each(|function| {
                let Some(targets) = all.get(&function.incarnation) else { return };
                let key = |number: &VersionNumber| Key {
                    function: function.incarnation,
                    number: Some(*number),
                };
                wanted.extend(targets.keys().map(key));
                if !self.provision(function, targets) {
                    moving.insert(function.incarnation);
                }
            });
        }
        // An alias that moves takes its environments along: the old ones go when the new are there.
        self.each_version(|key, pool| {
            if !wanted.contains(&key) && !moving.contains(&key.function) {
                pool.release();
            }
        });
    }

    /// Starts what a function lacks; tells whether it has everything, or never will.
    fn provision(&self, function: &Function, targets: &Targets) -> bool {
        let mut settled = true;
        for (number, target) in targets {
            match self.pool_of(function, *number) {
                Ok(pool) => {
                    for _ in 0..pool.provision(*target, self.pace()) {
                        self.start_provisioned(Arc::clone(&pool), function);
                    }
                    let allocation = pool.allocation(target.set_at);
                    settled &= allocation.failed || allocation.ready >= target.concurrency;
                }
                Err(InvokeError::NotReady { state, number }) => {
                    tracing::debug!(?state, function = %function.name, "cannot provision yet");
                    self.rouse(function, state, number);
                    settled = false;
                }
                Err(error) => {
                    tracing::warn!(%error, function = %function.name, "cannot provision yet");
                    settled = false;
                }
            }
        }
        settled
    }

    /// Wakes a version that is to have environments. One that could not be made ready is left to
    /// whoever invokes it.
    fn rouse(&self, function: &Function, state: FunctionState, number: Option<VersionNumber>) {
        let FunctionState::Inactive(trouble) = state else { return };
        if trouble.is_idle() {
            let (functions, function) = (Arc::clone(&self.functions), function.clone());
            self.launcher.tasks.spawn(async move {
                let woken = functions.meet(&function, number, Event::Wanted).await;
                if let Err(ChangeError::Store(error)) = woken {
                    tracing::warn!(%error, function = %function.name, "cannot wake a function");
                }
            });
        }
    }

    fn pool_of(
        &self,
        function: &Function,
        number: VersionNumber,
    ) -> Result<Arc<Pool>, InvokeError> {
        self.resolve(&invoke::Target {
            region: function.region.clone(),
            name: function.name.clone(),
            qualifier: Some(Qualifier::Version(number)),
        })
    }

    /// Starts one environment in the background, when it is its turn.
    fn start_provisioned(&self, pool: Arc<Pool>, function: &Function) {
        let (launcher, turns) = (Arc::clone(&self.launcher), Arc::clone(&self.provisioning));
        let (region, name) = (function.region.clone(), function.name.clone());
        let pace = self.pace();
        self.launcher.tasks.spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire_owned().await;
            if !pool.wants_start(pace) {
                return pool.provisioned_started(None, pace);
            }
            let kind = InitializationType::Provisioned;
            let outcome = launcher.launch(&pool, (&region, &name), kind).await;
            if let Err(error) = &outcome {
                tracing::error!(%error, function = %name, "cannot provision an environment");
            }
            pool.provisioned_started(Some(outcome.map_err(Into::into)), pace);
        });
    }

    fn pace(&self) -> Pace {
        Pace { life: self.limits().environment_lifetime, retry: self.config().provisioned_retry }
    }

    /// Tells how far a function's provisioned environments have come, those of these versions.
    pub(crate) fn allocation_of(
        &self,
        function: &Function,
        shares: &[(VersionNumber, u32)],
        set_at: Timestamp,
    ) -> Allocation {
        let mut found = Allocation::default();
        let all = self.functions().provisioned();
        let targets = all.get(&function.incarnation);
        self.each_version(|key, pool| {
            let Some(number) = key.number.filter(|_| key.function == function.incarnation) else {
                return;
            };
            let allocation = pool.allocation(set_at);
            match shares.iter().find(|(one, _)| *one == number) {
                Some((_, share)) => {
                    found.ready += allocation.ready.min(*share);
                    found.failed |= allocation.failed;
                }
                None if targets.is_none_or(|targets| !targets.contains_key(&number)) => {
                    found.leaving += allocation.ready;
                }
                None => {}
            }
        });
        found
    }
}
