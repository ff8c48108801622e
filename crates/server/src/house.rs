//! The house put together, and taken down in order.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use api::{Authorize, Resources};
use control::{CodeLinks, CodeSource, Control, LambdaResources};
use engine::{
    CodeStore, Engine, EventParts, EventQueue, EventWorker, Functions, LogWriter, RandomIds,
    Registry, RoleCredentials,
};
use gateway::{
    Auth, FunctionUrls, Gateway, IamService, KmsService, LambdaService, LogsService, S3Service,
    Service, SignerService, StsService,
};
use jail::Spawner;
use model::Limits;
use sandbox::{Catalogue, CodeCache, PackageLimits};
use service_kms::{Keyring, Kms};
use service_logs::Logs;
use service_s3::{Buckets, S3};
use service_signer::Signer;
use store::{BlobUse, Clock, Stores};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::KeyService;

use crate::{
    cli::AuthSwitch,
    code_route::CodeRoute,
    code_source::{EmbeddedCode, ExternalCode},
    config::Config,
    customer_keys::CustomerKeys,
    keys::RootKeys,
    metrics_route::MetricsRoute,
    people::People,
    place,
};

/// How long the last log events may take to be written.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(5);

/// The parts that outlive a request.
pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) gateway: Arc<Gateway>,
    /// Everything that has to end before the store closes.
    pub(crate) tasks: TaskTracker,
    /// The writers of logs, who end once nobody can log any more.
    log_tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

/// What the house stands on.
pub(crate) struct Foundation {
    pub(crate) stores: Stores,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<dyn KeyService>,
}

/// What every part is built on.
struct Ground<'a> {
    config: &'a Config,
    stores: Stores,
    clock: Arc<dyn Clock>,
    limits: Arc<Limits>,
    functions: Arc<Functions>,
    registry: Arc<Registry>,
    code: CodeStore,
    catalogue: Arc<Catalogue>,
    people: People,
    kms: Kms,
    s3: S3,
    signer: Signer,
    links: CodeLinks,
    tasks: TaskTracker,
    log_tasks: TaskTracker,
    stop: CancellationToken,
}

// === impl House ===

impl House {
    pub(crate) async fn build(
        config: &Config,
        data_dir: &Path,
        spawner: Spawner,
        foundation: Foundation,
    ) -> Result<Self> {
        let ground = Ground::lay(config, data_dir, foundation).await?;
        let engine = Arc::new(ground.engine(spawner));
        let events = ground.events(&engine);
        let control = ground.control(&engine, events)?;
        let services = ground.services(control).await?;
        let gateway = Arc::new(ground.gateway(&engine, services));
        let Ground { tasks, log_tasks, stop, .. } = ground;
        Ok(Self { engine, gateway, tasks, log_tasks, stop })
    }

    /// Ends everything in the order in which one part needs another: environments, then whoever
    /// writes their logs, then the store.
    pub(crate) async fn take_down(self, patience: Duration) {
        let Self { engine, gateway, tasks, log_tasks, stop: _ } = self;
        engine.close();
        tasks.close();
        if tokio::time::timeout(patience, tasks.wait()).await.is_err() {
            tracing::warn!(left = tasks.len(), "some work did not end in time");
        }
        // The engine holds the last handle of the log writer, which ends with it.
        drop((gateway, engine));
        log_tasks.close();
        if tokio::time::timeout(LAST_WORDS, log_tasks.wait()).await.is_err() {
            tracing::warn!("the last log events may be lost");
        }
    }
}

// === impl Ground ===

impl<'a> Ground<'a> {
    async fn lay(config: &'a Config, data_dir: &Path, foundation: Foundation) -> Result<Self> {
        let Foundation { stores, clock, keys: key_service } = foundation;
        let keys = RootKeys::load_or_create(data_dir)?;
        let limits = Arc::new(config.limits.clone());
        let cache = CodeCache::open(&config.code_cache_dir(data_dir))?;
        let functions = Arc::new(Functions::open(&stores.records).await?);
        let registry = Arc::new(Registry::open(&stores.records).await?);
        let buckets = Buckets::open(&stores.records).await?;
        let lambda = LambdaResources {
            account: config.account_id.clone(),
            functions: Arc::clone(&functions),
            registry: Arc::clone(&registry),
        };
        let owner = config.account_id.as_str().into();
        let keyring = Keyring::open(owner, &stores.records, key_service).await?;
        let resources: Vec<Arc<dyn Resources>> =
            vec![Arc::new(lambda), Arc::new(buckets.clone()), Arc::new(keyring.clone())];
        let people = People::open(config, &stores, &keys, Arc::clone(&clock), resources).await?;
        let tasks = TaskTracker::new();
        let s3 = service_s3::Parts {
            buckets,
            records: Arc::clone(&stores.records),
            blobs: Arc::clone(&stores.blobs),
            guard: Arc::clone(&people.guard) as Arc<dyn Authorize>,
            clock: Arc::clone(&clock),
            ids: Arc::new(RandomIds),
            tasks: tasks.clone(),
        };
        let kms =
            service_kms::Parts { keyring, clock: Arc::clone(&clock), ids: Arc::new(RandomIds) };
        let roots = Arc::new(config.code_signing.roots()?);
        let signer = Signer::open(service_signer::Parts {
            account: config.account_id.as_str().into(),
            records: Arc::clone(&stores.records),
            roots: Arc::clone(&roots),
            ids: Arc::new(RandomIds),
        });
        Ok(Self {
            config,
            signer: signer.await?,
            s3: S3::open(s3, &config.s3).await?,
            code: CodeStore::new(Arc::clone(&stores.blobs), cache, package_limits(&limits))
                .with_roots(roots),
            people,
            catalogue: Arc::new(Catalogue::new(config.runtimes_dir())),
            kms: Kms::new(kms, &config.kms),
            links: CodeLinks::new(keys.link_secret.as_bytes(), limits.code_location_lifetime),
            stores,
            clock,
            limits,
            functions,
            registry,
            tasks,
            log_tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    fn engine(&self, spawner: Spawner) -> Engine {
        let journal = Arc::clone(&self.stores.journal);
        let writer = LogWriter::start(journal, self.config.engine.log_delay, &self.log_tasks);
        Engine::new(engine::Parts {
            account: self.config.account_id.clone(),
            functions: Arc::clone(&self.functions),
            config: engine_config(self.config, &spawner),
            spawner: Arc::new(spawner),
            catalogue: Arc::clone(&self.catalogue),
            code: self.code.clone(),
            limits: Arc::clone(&self.limits),
            clock: Arc::clone(&self.clock),
            ids: Arc::new(RandomIds),
            credentials: Arc::clone(&self.people.execution_roles) as Arc<dyn RoleCredentials>,
            keys: Arc::new(self.customer_keys()),
            logs: Arc::new(writer),
            tasks: self.tasks.clone(),
        })
    }

    fn events(&self, engine: &Arc<Engine>) -> EventQueue {
        let events = EventQueue::new(Arc::clone(&self.stores.queue), Arc::clone(&self.clock));
        let worker = EventWorker::new(EventParts {
            events: events.clone(),
            invoke: Arc::clone(engine) as Arc<dyn engine::Invoke>,
            functions: Arc::clone(&self.functions),
            limits: Arc::clone(&self.limits),
            config: self.config.engine.clone(),
            tasks: self.tasks.clone(),
        });
        self.tasks.spawn(worker.run(self.stop.clone()));
        events
    }

    /// Decides which S3 has the code: the one of the configuration, or this server's own.
    fn code_source(&self) -> Result<Arc<dyn CodeSource>> {
        let endpoint = self.config.s3.endpoint.clone().or_else(place::s3_endpoint);
        let Some(endpoint) = endpoint else { return Ok(Arc::new(EmbeddedCode(self.s3.clone()))) };
        let guard = Arc::clone(&self.people.guard) as Arc<dyn Authorize>;
        let (clock, tasks) = (Arc::clone(&self.clock), self.tasks.clone());
        let keys = place::s3_keys();
        Ok(Arc::new(ExternalCode::new(&endpoint, keys, guard, clock, tasks)?))
    }

    fn control(&self, engine: &Arc<Engine>, events: EventQueue) -> Result<Control> {
        let control = Control::new(control::Parts {
            account: self.config.account_id.clone(),
            functions: Arc::clone(&self.functions),
            registry: Arc::clone(&self.registry),
            engine: Arc::clone(engine) as Arc<dyn engine::Invoke>,
            concurrency: Arc::clone(engine) as Arc<dyn engine::Concurrency>,
            occupancy: Arc::clone(engine) as Arc<dyn engine::Occupancy>,
            roles: Arc::clone(&self.people.execution_roles) as Arc<dyn RoleCredentials>,
            events,
            code: self.code.clone(),
            catalogue: Arc::clone(&self.catalogue),
            limits: Arc::clone(&self.limits),
            clock: Arc::clone(&self.clock),
            ids: Arc::new(RandomIds),
            keys: Arc::new(self.customer_keys()),
            trust: Arc::new(self.signer.clone()),
            guard: Arc::clone(&self.people.guard) as Arc<dyn Authorize>,
            code_links: self.links.clone(),
            function_url_base: self.config.function_urls.base_url.clone(),
            code_source: self.code_source()?,
        });
        self.tasks.spawn(control.activation().run(self.stop.clone()));
        self.tasks.spawn(control.deactivation().run(self.stop.clone()));
        self.tasks.spawn(control.mapping_settling().run(self.stop.clone()));
        let others: Vec<Arc<dyn BlobUse>> = vec![Arc::new(self.s3.clone())];
        self.tasks.spawn(control.code_collector(others).run(self.stop.clone()));
        Ok(control)
    }

    async fn services(&self, control: Control) -> Result<Vec<Arc<dyn Service>>> {
        Ok(vec![
            Arc::new(LambdaService(control)),
            Arc::new(LogsService(self.logs().await?)),
            Arc::new(StsService(self.people.sts())),
            Arc::new(IamService(self.people.iam())),
            Arc::new(SignerService(self.signer.clone())),
            Arc::new(KmsService(self.kms())),
        ])
    }

    fn kms(&self) -> Kms {
        self.tasks.spawn(self.kms.upkeep().run(self.stop.clone()));
        self.tasks.spawn(self.customer_keys().sweep_grants(self.stop.clone()));
        self.kms.clone()
    }

    fn customer_keys(&self) -> CustomerKeys {
        CustomerKeys {
            kms: self.kms.clone(),
            guard: Arc::clone(&self.people.guard) as Arc<dyn Authorize>,
            roles: Arc::clone(&self.people.execution_roles),
            functions: Arc::clone(&self.functions),
            clock: Arc::clone(&self.clock),
            account: self.config.account_id.clone(),
        }
    }

    async fn logs(&self) -> Result<Logs> {
        let parts = service_logs::Parts {
            journal: Arc::clone(&self.stores.journal),
            records: Arc::clone(&self.stores.records),
            clock: Arc::clone(&self.clock),
        };
        let logs = Logs::open(parts, &self.config.logs).await?;
        self.tasks.spawn(logs.retention().run(self.stop.clone()));
        Ok(logs)
    }

    fn function_urls(&self, engine: &Arc<Engine>) -> FunctionUrls {
        FunctionUrls {
            functions: Arc::clone(&self.functions),
            engine: Arc::clone(engine) as Arc<dyn engine::Invoke>,
            limits: Arc::clone(&self.limits),
            needs_invoke_permission: self.config.function_urls.needs_invoke_permission,
        }
    }

    fn gateway(&self, engine: &Arc<Engine>, services: Vec<Arc<dyn Service>>) -> Gateway {
        let metrics_route =
            MetricsRoute { engine: Arc::clone(engine), readers: self.config.metrics };
        let code_route = CodeRoute {
            links: self.links.clone(),
            code: self.code.clone(),
            clock: Arc::clone(&self.clock),
        };
        Gateway::new(gateway::Parts {
            account: self.config.account_id.clone(),
            default_region: self.config.default_region.clone(),
            auth: match self.config.auth {
                AuthSwitch::On => Auth::On,
                AuthSwitch::Off => Auth::Off,
            },
            signature_skew: self.limits.signature_skew,
            buffered_bytes: self.config.max_buffered_mib.saturating_mul(1024 * 1024),
            principals: Arc::clone(&self.people.everybody) as Arc<dyn gateway::Principals>,
            guard: Arc::clone(&self.people.guard) as Arc<dyn Authorize>,
            services,
            streaming: vec![Arc::new(S3Service(self.s3.clone()))],
            function_urls: Some(self.function_urls(engine)),
            open_routes: vec![Arc::new(code_route), Arc::new(metrics_route)],
            clock: Arc::clone(&self.clock),
            ids: Arc::new(RandomIds),
        })
    }
}

fn package_limits(limits: &Limits) -> PackageLimits {
    PackageLimits { unzipped_bytes: limits.code_size_unzipped_bytes, entries: limits.code_entries }
}

fn engine_config(config: &Config, spawner: &Spawner) -> engine::EngineConfig {
    let mut engine = config.engine.clone();
    if let Some(reason) = spawner.outbound_refused().filter(|_| engine.outbound_network) {
        tracing::warn!(reason, "functions have no network; see `lambkin doctor`");
        engine.outbound_network = false;
    }
    engine
}
