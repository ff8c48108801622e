//! The engine: versions to pools, invocations to environments.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use model::{
    FunctionArn, Limits,
    environment::InitializationType,
    function::{Event, Function, FunctionState, Settings},
    names::{AccountId, Qualifier, VersionNumber},
};
use parking_lot::RwLock;
use sandbox::{Catalogue, LogSink, Runtime, StemKey};
use store::{Clock, Revision};
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    admission::{Admission, Key, Permit, ThrottleReason},
    clock::Ids,
    code::CodeStore,
    config::EngineConfig,
    functions::{ChangeError, FunctionRow, Functions, Unchanged},
    invoke::{Invocation, Invoke, InvokeError, Invoked, Target},
    launch::Launcher,
    measures::{AllCounts, Placement},
    nursery::Nursery,
    pool::{Lease, NotStarted, Offer, Pool, Signals, Standing},
    role_credentials::RoleCredentials,
    secrets::RoleKeys,
    streaming::Streaming,
};

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// The account that everything belongs to.
    pub account: AccountId,
    /// The functions.
    pub functions: Arc<Functions>,
    /// Makes jails.
    pub spawner: Arc<jail::Spawner>,
    /// The runtimes of this machine.
    pub catalogue: Arc<Catalogue>,
    /// The packages.
    pub code: CodeStore,
    /// The limits in force.
    pub limits: Arc<Limits>,
    /// The operator's choices.
    pub config: EngineConfig,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// The credentials of functions.
    pub credentials: Arc<dyn RoleCredentials>,
    /// Opens functions' variables.
    pub keys: Arc<dyn RoleKeys>,
    /// Where logs go.
    pub logs: Arc<dyn LogSink>,
    /// What every task is spawned on.
    pub tasks: TaskTracker,
}

/// Runs functions on this machine.
#[derive(Debug)]
pub struct Engine {
    account: AccountId,
    pub(crate) functions: Arc<Functions>,
    pub(crate) launcher: Arc<Launcher>,
    pub(crate) admission: Admission,
    pools: RwLock<HashMap<Key, Slot>>,
    pub(crate) counts: AllCounts,
    pub(crate) signals: Arc<Signals>,
    /// Turns of starting provisioned environments.
    pub(crate) provisioning: Arc<Semaphore>,
    pub(crate) closing: CancellationToken,
}

/// A pool and the revision of the function's record that it was last seen to agree with.
#[derive(Debug)]
struct Slot {
    revision: Revision,
    pool: Arc<Pool>,
}

/// What an invocation needs before it can begin.
struct Prepared {
    pool: Arc<Pool>,
    permit: Permit,
    lease: Lease,
}

// === impl Engine ===

impl Engine {
    /// Makes an engine; [`Engine::run_upkeep`] has to run beside it.
    pub fn new(parts: Parts) -> Self {
        let admission = Admission::new(&parts.limits);
        let provisioning = Arc::new(Semaphore::new(parts.config.provisioned_starts.max(1)));
        let nursery = Nursery::new(
            parts.spawner,
            Arc::clone(&parts.ids),
            &parts.config,
            parts.limits.processes,
            parts.tasks.clone(),
        );
        let engine = Self {
            account: parts.account,
            functions: parts.functions,
            launcher: Arc::new(Launcher {
                nursery,
                catalogue: parts.catalogue,
                code: parts.code,
                limits: parts.limits,
                config: parts.config,
                clock: parts.clock,
                ids: parts.ids,
                credentials: parts.credentials,
                keys: parts.keys,
                logs: parts.logs,
                tasks: parts.tasks,
            }),
            admission,
            pools: RwLock::default(),
            counts: AllCounts::default(),
            signals: Arc::default(),
            provisioning,
            closing: CancellationToken::new(),
        };
        engine.entitle();
        engine
    }

    /// Ends all environments, idle ones at once and working ones as they finish, and takes no new
    /// invocation.
    pub fn close(&self) {
        self.closing.cancel();
        for slot in self.pools.read().values() {
            slot.pool.retire();
        }
        self.nursery().close();
    }

    pub(crate) fn nursery(&self) -> &Nursery {
        &self.launcher.nursery
    }

    pub(crate) fn stem_key(&self, settings: &Settings) -> Option<(StemKey, Arc<Runtime>)> {
        let runtime = self.launcher.runtime(settings).ok()?;
        Some((self.launcher.stem_key(&runtime, settings)?, runtime))
    }

    pub(crate) fn config(&self) -> &EngineConfig {
        &self.launcher.config
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.launcher.limits
    }

    pub(crate) fn functions(&self) -> &Functions {
        &self.functions
    }

    pub(crate) fn each_pool(&self, mut visit: impl FnMut(&Arc<Pool>)) {
        let pools: Vec<_> = self.pools.read().values().map(|slot| Arc::clone(&slot.pool)).collect();
        for pool in &pools {
            visit(pool);
        }
    }

    pub(crate) fn each_version(&self, mut visit: impl FnMut(Key, &Arc<Pool>)) {
        let pools = self.pools.read();
        let all: Vec<_> = pools.iter().map(|(key, slot)| (*key, Arc::clone(&slot.pool))).collect();
        drop(pools);
        for (key, pool) in &all {
            visit(*key, pool);
        }
    }

    /// Retires pools whose version is gone or has other settings by now.
    pub(crate) fn retire_stale_pools(&self) {
        let mut live: HashMap<Key, bool> = HashMap::new();
        // Functions are many and change often, and few of them have pools.
        let mut keys: HashMap<_, Vec<Key>> = HashMap::new();
        for key in self.pools.read().keys() {
            keys.entry(key.function).or_default().push(*key);
        }
        let mut counted = self.counts.functions();
        if keys.is_empty() && counted.is_empty() {
            return;
        }
        self.functions.for_each(|function| {
            counted.remove(&function.incarnation);
            for key in keys.get(&function.incarnation).into_iter().flatten() {
                let exists =
                    key.number.is_none_or(|n| self.functions.version(function, n).is_some());
                live.insert(*key, exists);
            }
        });
        self.counts.forget(&counted);
        self.pools.write().retain(|key, slot| {
            let keep = live.get(key).copied().unwrap_or(false);
            if !keep {
                slot.pool.retire();
            }
            keep
        });
    }

    /// Finds the pool of what a target names, or why it cannot be invoked.
    pub(crate) fn resolve(&self, target: &Target) -> Result<Arc<Pool>, InvokeError> {
        let stored = self
            .functions
            .stored(&target.region, &target.name)
            .ok_or_else(|| self.not_found(target))?;
        let function = stored.value.live().ok_or_else(|| self.not_found(target))?;
        let number = match &target.qualifier {
            None | Some(Qualifier::Latest) => None,
            Some(Qualifier::Version(number)) => Some(*number),
            Some(Qualifier::Alias(name)) => {
                let alias = self.functions.alias(function, name);
                let alias = alias.ok_or_else(|| self.not_found(target))?;
                alias.0.pick(|| self.launcher.ids.next())
            }
        };
        let key = Key { function: function.incarnation, number };
        if number.is_none() {
            ready(&function.latest.readiness.state, number)?;
        }
        // A version's pool is retired when the version becomes inactive, which its function's record does not tell.
        if let Some(slot) = self.pools.read().get(&key)
            && slot.revision == stored.revision
            && !slot.pool.is_retired()
        {
            return Ok(Arc::clone(&slot.pool));
        }
        self.resolve_anew(target, function, key, stored.revision)
    }

    /// Looks again after the function's record has changed; most changes leave a version as it is.
    fn resolve_anew(
        &self,
        target: &Target,
        function: &Function,
        key: Key,
        revision: Revision,
    ) -> Result<Arc<Pool>, InvokeError> {
        let row;
        let settings = match key.number {
            None => function.settings_in_force(),
            Some(number) => {
                row = self
                    .functions
                    .version(function, number)
                    .ok_or_else(|| self.not_found(target))?;
                ready(&row.0.readiness.state, key.number)?;
                &row.0.settings
            }
        };
        let mut pools = self.pools.write();
        if let Some(slot) = pools.get_mut(&key) {
            // A reader with an older view must not undo what a newer one has found.
            let serves =
                slot.revision >= revision || same_environment(slot.pool.settings(), settings);
            if serves && !slot.pool.is_retired() {
                slot.revision = slot.revision.max(revision);
                return Ok(Arc::clone(&slot.pool));
            }
            slot.pool.retire();
        }
        let pool = Arc::new(Pool::new(
            key.number.map_or_else(|| "$LATEST".into(), |VersionNumber(n)| n.to_string().into()),
            Arc::new(settings.clone()),
            Standing {
                seat: self.admission.seat(&target.region, key),
                counts: self.counts.of(key.function),
            },
            Arc::clone(&self.signals),
        ));
        pools.insert(key, Slot { revision, pool: Arc::clone(&pool) });
        Ok(pool)
    }

    fn not_found(&self, target: &Target) -> InvokeError {
        InvokeError::NotFound(FunctionArn {
            region: target.region.clone(),
            account: self.account.clone(),
            name: target.name.clone(),
            qualifier: Some(target.qualifier.clone().unwrap_or(Qualifier::Latest)),
        })
    }

    /// Finds, admits and acquires: everything before the event.
    async fn prepare(&self, target: &Target) -> Result<Prepared, InvokeError> {
        if self.closing.is_cancelled() {
            return Err(InvokeError::Closing);
        }
        let pool = match self.resolve(target) {
            Ok(pool) => pool,
            // Boxed, as it is rare and would make every invocation's future larger.
            Err(error) => return Err(Box::pin(self.woken(target, error)).await),
        };
        let prepared = self.admit_and_acquire(&pool, target).await;
        let (permit, lease) = prepared.inspect_err(|error| {
            if let InvokeError::Throttled(reason) = error {
                pool.counts().throttled(*reason);
            }
        })?;
        pool.counts().invoked(permit.placement());
        Ok(Prepared { pool, permit, lease })
    }

    /// Has a function made ready that is refused for being inactive; gives the refusal as it is then.
    ///
    /// Source: Developer Guide, "Lambda function states".
    async fn woken(&self, target: &Target, refusal: InvokeError) -> InvokeError {
        let InvokeError::NotReady { state: FunctionState::Inactive(_), number } = refusal else {
            return refusal;
        };
        let row = self.functions.get(&target.region, &target.name);
        let Some(function) = row.as_deref().and_then(FunctionRow::live) else {
            return self.not_found(target);
        };
        match self.functions.meet(function, number, Event::Wanted).await {
            Ok(version) => InvokeError::NotReady { state: version.readiness.state, number },
            Err(ChangeError::NotFound) => self.not_found(target),
            // Somebody else was faster, or an update is about to make it active.
            Err(ChangeError::Refused(Unchanged(state))) => InvokeError::NotReady { state, number },
            Err(ChangeError::Store(error)) => {
                tracing::error!(%error, function = %target.name, "cannot wake a function");
                refusal
            }
        }
    }

    pub(crate) fn pool(&self, key: Key) -> Option<Arc<Pool>> {
        self.pools.read().get(&key).map(|slot| Arc::clone(&slot.pool))
    }

    /// Forgets a pool that was retired, if it is still the one of its version.
    pub(crate) fn forget_pool(&self, key: Key, pool: &Arc<Pool>) {
        let mut pools = self.pools.write();
        if pools.get(&key).is_some_and(|slot| Arc::ptr_eq(&slot.pool, pool)) {
            pools.remove(&key);
        }
    }

    async fn admit_and_acquire(
        &self,
        pool: &Arc<Pool>,
        target: &Target,
    ) -> Result<(Permit, Lease), InvokeError> {
        let permit = pool.seat().enter(self.config().settle_grace).await?;
        let provisioned = permit.placement() == Placement::Provisioned;
        let lease = self.acquire(pool, target, provisioned).await?;
        Ok((permit, lease))
    }

    fn event(&self, invocation: Invocation) -> sandbox::Invocation {
        let invoked_arn = FunctionArn {
            region: invocation.target.region,
            account: self.account.clone(),
            name: invocation.target.name,
            qualifier: invocation.target.qualifier,
        };
        sandbox::Invocation {
            request_id: invocation.request_id,
            payload: invocation.payload,
            invoked_arn: invoked_arn.to_string(),
            trace: invocation.trace,
            client_context: invocation.client_context,
            wants_log_tail: invocation.wants_log_tail,
        }
    }

    /// Takes a free environment, or waits for the first that is free or new.
    async fn acquire(
        &self,
        pool: &Arc<Pool>,
        target: &Target,
        provisioned: bool,
    ) -> Result<Lease, InvokeError> {
        if let Some(lease) = pool.take_idle(provisioned) {
            return Ok(lease);
        }
        let mut offer = pool
            .wait(self.config().max_waiting, provisioned)
            .ok_or(InvokeError::Throttled(ThrottleReason::ConcurrentInvocationLimitExceeded))?;
        if pool.soon_enough()
            && let Ok(lease) = timeout(self.config().settle_grace, &mut offer).await
        {
            return accept(lease);
        }
        if pool.claim_start()? {
            self.start(Arc::clone(pool), target);
        }
        accept(offer.await)
    }

    /// Starts an environment in the background: whoever waits longest gets it, and it goes on
    /// coming into being even if this invoker gives up.
    fn start(&self, pool: Arc<Pool>, target: &Target) {
        let launcher = Arc::clone(&self.launcher);
        let (region, name) = (target.region.clone(), target.name.clone());
        self.launcher.tasks.spawn(async move {
            let outcome =
                launcher.launch(&pool, (&region, &name), InitializationType::OnDemand).await;
            if let Err(error) = &outcome {
                tracing::error!(%error, function = %name, "cannot start an environment");
            }
            pool.started(outcome.map_err(NotStarted::from));
        });
    }
}

#[async_trait]
impl Invoke for Engine {
    async fn invoke(&self, invocation: Invocation) -> Result<Invoked, InvokeError> {
        let Prepared { pool, permit, lease } = self.prepare(&invocation.target).await?;
        let event = self.event(invocation);
        let answer = lease.invoke(permit, event).answer().await.ok_or_else(|| {
            InvokeError::Environment("the environment ended without an answer".to_owned())
        })?;
        Ok(Invoked {
            payload: answer.payload,
            is_error: answer.is_error,
            executed_version: Arc::clone(pool.version()),
            log_tail: answer.log_tail,
        })
    }

    async fn invoke_streaming(&self, invocation: Invocation) -> Result<Streaming, InvokeError> {
        let Prepared { pool, permit, lease } = self.prepare(&invocation.target).await?;
        let event = self.event(invocation);
        let version = Arc::clone(pool.version());
        Ok(lease.invoke_streaming(permit, event, version))
    }

    async fn check(&self, target: &Target) -> Result<(), InvokeError> {
        self.resolve(target).map(|_| ())
    }
}

fn accept(offer: Result<Offer, oneshot::error::RecvError>) -> Result<Lease, InvokeError> {
    match offer {
        Ok(Ok(lease)) => Ok(lease),
        Ok(Err(NotStarted::Key(error))) => Err(InvokeError::Key(error)),
        Ok(Err(NotStarted::Failed(reason))) => Err(InvokeError::Environment(reason)),
        Err(_) => Err(InvokeError::Closing),
    }
}

fn ready(state: &FunctionState, number: Option<VersionNumber>) -> Result<(), InvokeError> {
    match state {
        FunctionState::Active => Ok(()),
        state => Err(InvokeError::NotReady { state: state.clone(), number }),
    }
}

/// Tells whether environments made for `old` serve `new` as well.
fn same_environment(old: &Settings, new: &Settings) -> bool {
    old == new
}
