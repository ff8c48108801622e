//! `lambkin start`: the house put together, served, and taken down in order.

use std::{io::IsTerminal, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use control::{CodeLinks, Control, LambdaResources};
use engine::{CodeStore, Engine, Functions, LogWriter, RandomIds, Registry};
use gateway::{
    Auth, Gateway, IamService, LambdaService, Listener, LogsService, OpenRoute, Service,
    StreamingService, StsService,
};
use jail::{InstanceId, Spawner, SpawnerConfig};
use model::Limits;
use sandbox::{Catalogue, CodeCache, PackageLimits};
use service_logs::Logs;
use store::{Clock, Stores, SystemClock};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    cli::{self, AuthSwitch, StartArguments},
    code_route::CodeRoute,
    config::Config,
    env,
    keys::RootKeys,
    people::People,
    place,
};

/// How long the last log events may take to be written.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT.
pub(crate) fn run(arguments: &StartArguments) -> Result<()> {
    let config = Config::load_for_start(arguments)?;
    tracing_subscriber::fmt()
        .with_env_filter(place::log_filter())
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot make the data directory {}", config.data_dir.display()))?;
    let data_dir = config.data_dir.canonicalize()?;
    // Before any thread exists: the spawner is forked from a single-threaded process.
    let spawner = start_spawner(&config, &data_dir)?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.worker_threads(processors))
        .enable_all()
        .build()?;
    let served = runtime.block_on(serve(&config, &data_dir, spawner));
    runtime.shutdown_timeout(LAST_WORDS);
    served
}

fn start_spawner(config: &Config, data_dir: &Path) -> Result<Spawner> {
    let instance = InstanceId::for_data_dir(data_dir);
    let mut spawner_config = SpawnerConfig::new(instance, data_dir);
    spawner_config.network.outbound = config.engine.outbound_network;
    spawner_config.network.subnet = config.network.subnet;
    spawner_config.network.prefix_len = config.network.prefix_length;
    spawner_config.network.nameservers.clone_from(&config.network.nameservers);
    Spawner::start(&spawner_config).with_context(|| {
        format!("cannot make jails for {}; see `lambkin doctor`", data_dir.display())
    })
}

/// The parts that outlive a request.
struct House {
    engine: Arc<Engine>,
    gateway: Arc<Gateway>,
    /// Everything that has to end before the store closes.
    tasks: TaskTracker,
    /// The writers of logs, who end once nobody can log any more.
    log_tasks: TaskTracker,
    stop: CancellationToken,
}

async fn serve(config: &Config, data_dir: &Path, spawner: Spawner) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = store::sqlite::Sqlite::open(data_dir, &config.store, Arc::clone(&clock))
        .with_context(|| format!("cannot open the store in {}", data_dir.display()))?;
    let house = House::build(config, data_dir, spawner, store.stores(), clock).await?;
    let listener = Listener::bind(config.listen, config.max_connections).await?;
    let endpoint = format!("http://{}", listener.address());
    env::remember_endpoint(data_dir, &endpoint)?;
    let serving = tokio::task::JoinSet::from_iter([listener.serve(
        Arc::clone(&house.gateway),
        house.tasks.clone(),
        house.stop.clone(),
        config.drain_timeout,
    )]);
    cli::say(format_args!("ready {endpoint}"));
    // Among other things this makes jails ahead of demand, which whoever waits for readiness need not wait for.
    house.engine.run_upkeep(&house.tasks);
    wait_for_signal().await?;
    tracing::info!("draining");
    house.stop.cancel();
    serving.join_all().await;
    house.take_down(config.drain_timeout).await;
    Ok(())
}

async fn wait_for_signal() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

// === impl House ===

impl House {
    async fn build(
        config: &Config,
        data_dir: &Path,
        spawner: Spawner,
        stores: Stores,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let keys = RootKeys::load_or_create(data_dir)?;
        let (tasks, log_tasks) = (TaskTracker::new(), TaskTracker::new());
        let stop = CancellationToken::new();
        let limits = Arc::new(config.limits.clone());
        let cache = CodeCache::open(&data_dir.join("code"))?;
        let code = CodeStore::new(Arc::clone(&stores.blobs), cache, package_limits(&limits));
        let functions = Arc::new(Functions::open(&stores.records).await?);
        let registry = Arc::new(Registry::open(&stores.records).await?);
        let resources = LambdaResources {
            account: config.account_id.clone(),
            functions: Arc::clone(&functions),
            registry: Arc::clone(&registry),
        };
        let people = People::open(config, &stores, &keys, Arc::clone(&clock), resources).await?;
        let catalogue = Arc::new(Catalogue::new(config.runtimes_dir()));
        let writer =
            LogWriter::start(Arc::clone(&stores.journal), config.engine.log_delay, &log_tasks);
        let engine = Arc::new(Engine::new(engine::Parts {
            account: config.account_id.clone(),
            functions: Arc::clone(&functions),
            config: engine_config(config, &spawner),
            spawner: Arc::new(spawner),
            catalogue: Arc::clone(&catalogue),
            code: code.clone(),
            limits: Arc::clone(&limits),
            clock: Arc::clone(&clock),
            ids: Arc::new(RandomIds),
            credentials: Arc::clone(&people.execution_roles),
            logs: Arc::new(writer),
            tasks: tasks.clone(),
        }));
        let links = CodeLinks::new(keys.link_secret.as_bytes(), limits.code_location_lifetime);
        let control = Control::new(control::Parts {
            account: config.account_id.clone(),
            functions,
            registry,
            engine: Arc::clone(&engine) as Arc<dyn engine::Invoke>,
            code: code.clone(),
            catalogue,
            limits: Arc::clone(&limits),
            clock: Arc::clone(&clock),
            ids: Arc::new(RandomIds),
            code_links: links.clone(),
        });
        tasks.spawn(control.activation().run(stop.clone()));
        tasks.spawn(control.mapping_settling().run(stop.clone()));
        tasks.spawn(control.code_collector().run(stop.clone()));
        let logs_parts = service_logs::Parts {
            journal: Arc::clone(&stores.journal),
            records: Arc::clone(&stores.records),
            clock: Arc::clone(&clock),
        };
        let logs = Logs::open(logs_parts, &config.logs).await?;
        tasks.spawn(logs.retention().run(stop.clone()));
        let services: Vec<Arc<dyn Service>> = vec![
            Arc::new(LambdaService(control)),
            Arc::new(LogsService(logs)),
            Arc::new(StsService(people.sts())),
            Arc::new(IamService(people.iam())),
        ];
        let code_route = CodeRoute { links, code, clock: Arc::clone(&clock) };
        let doors =
            Doors { services, streaming: Vec::new(), open_routes: vec![Arc::new(code_route)] };
        let gateway = Arc::new(open_gateway(config, &people, doors, clock));
        Ok(Self { engine, gateway, tasks, log_tasks, stop })
    }

    /// Ends everything in the order in which one part needs another: environments, then whoever
    /// writes their logs, then the store.
    async fn take_down(self, patience: Duration) {
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

/// What the gateway opens to.
struct Doors {
    services: Vec<Arc<dyn Service>>,
    streaming: Vec<Arc<dyn StreamingService>>,
    open_routes: Vec<Arc<dyn OpenRoute>>,
}

fn open_gateway(config: &Config, people: &People, doors: Doors, clock: Arc<dyn Clock>) -> Gateway {
    let Doors { services, streaming, open_routes } = doors;
    Gateway::new(gateway::Parts {
        account: config.account_id.clone(),
        default_region: config.default_region.clone(),
        auth: match config.auth {
            AuthSwitch::On => Auth::On,
            AuthSwitch::Off => Auth::Off,
        },
        signature_skew: config.limits.signature_skew,
        buffered_bytes: config.max_buffered_mib.saturating_mul(1024 * 1024),
        principals: Arc::clone(&people.everybody) as Arc<dyn gateway::Principals>,
        guard: Arc::clone(&people.guard) as Arc<dyn api::Authorize>,
        services,
        streaming,
        open_routes,
        clock,
        ids: Arc::new(RandomIds),
    })
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
