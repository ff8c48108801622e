//! `lambkin start`: the house built, served, and taken down.

use std::{io::IsTerminal, path::Path, sync::Arc};

use anyhow::{Context, Result};
use gateway::Listener;
use jail::{InstanceId, Spawner, SpawnerConfig};
use store::{Clock, SystemClock, sqlite::Sqlite};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    cli::{self, StartArguments},
    config::Config,
    encryption::Sealing,
    env,
    house::{Foundation, House, LAST_WORDS},
    place,
};

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

async fn serve(config: &Config, data_dir: &Path, spawner: Spawner) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sealing = Sealing::open(config, data_dir)?;
    let store = Sqlite::open(data_dir, &config.store, Arc::clone(&clock), sealing.keys())
        .with_context(|| format!("cannot open the store in {}", data_dir.display()))?;
    let foundation = Foundation { stores: store.stores(), clock, keys: sealing.keys() };
    sealing.seal_what_is_plain(&store).await?;
    let house = House::build(config, data_dir, spawner, foundation).await?;
    let listener = Listener::bind(config.listen, config.max_connections).await?;
    let endpoint = format!("http://{}", listener.address());
    env::remember_endpoint(data_dir, &endpoint)?;
    let serving = tokio::task::JoinSet::from_iter([listener.serve(
        Arc::clone(&house.gateway),
        house.tasks.clone(),
        house.stop.clone(),
        config.drain_timeout,
    )]);
    // Whoever reads that it is ready may ask it to end at once.
    let signals = Signals::listen()?;
    cli::say(format_args!("ready {endpoint}"));
    // Among other things this makes jails ahead of demand, which whoever waits for readiness need not wait for.
    house.engine.run_upkeep(&house.tasks);
    signals.wait().await;
    tracing::info!("draining");
    house.stop.cancel();
    serving.join_all().await;
    house.take_down(config.drain_timeout).await;
    Ok(())
}

/// The signals that ask the server to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

// === impl Signals ===

impl Signals {
    /// Takes signals over from now on.
    fn listen() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the first that comes.
    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
