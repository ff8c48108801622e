//! What a test needs around an environment: jails, a place for code, and ears.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use jail::{InstanceId, Jail, JailSpec, Limits as JailLimits, NetworkMode, Spawner, SpawnerConfig};
use model::{
    Limits, Timestamp,
    environment::InitializationType,
    function::{
        Architecture, Code, LogFormat, Logging, Package, Settings, SnapStart, TracingMode,
        ZipPackage,
    },
    trace::TraceHeader,
};
use parking_lot::Mutex;
use sandbox::{
    Answer, Blueprint, Catalogue, Cell, Credentials, Environment, Host, Invocation, LogEvents,
    LogSink, LogStream, Observer, Pending, Runtime,
};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// One spawner serves all tests; it goes with the process.
static SPAWNER: LazyLock<(Spawner, tempfile::TempDir)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let instance = InstanceId::for_data_dir(dir.path());
    (Spawner::start(&SpawnerConfig::new(instance, dir.path())).unwrap(), dir)
});
static JAILS: AtomicU32 = AtomicU32::new(0);

/// An environment under test.
pub(crate) struct House {
    pub(crate) environment: Arc<Environment>,
    log: Arc<Log>,
    free: Arc<Free>,
    tasks: TaskTracker,
    _code: tempfile::TempDir,
}

/// What a test wants different from the ordinary.
pub(crate) struct Wish {
    pub(crate) timeout: Duration,
    pub(crate) memory_mib: u32,
    pub(crate) init_timeout: Duration,
    pub(crate) response_bytes: u64,
    pub(crate) streamed_bytes: u64,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) bootstrap: Option<&'static str>,
    pub(crate) runtime: Arc<Runtime>,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            memory_mib: 256,
            init_timeout: Duration::from_secs(20),
            response_bytes: 1_000_000,
            streamed_bytes: 100_000_000,
            variables: BTreeMap::new(),
            bootstrap: Some(include_str!("guest.py")),
            runtime: provided(),
        }
    }
}

// === impl Wish ===

impl Wish {
    pub(crate) fn with_variable(key: &str, value: &str) -> Self {
        let variables = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        Self { variables, ..Self::default() }
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            role: "arn:aws:iam::000000000000:role/r".into(),
            description: String::new(),
            timeout: self.timeout,
            memory_mib: self.memory_mib,
            ephemeral_storage_mib: 512,
            environment: Some(model::function::Variables::Plain(self.variables.clone())),
            architecture: Architecture::native(),
            package: Package::Zip(ZipPackage {
                runtime: self.runtime.name.clone(),
                handler: "h".into(),
                code: Code {
                    sha256: String::new(),
                    size_bytes: 0,
                    unzipped_bytes: 0,
                    signing: None,
                    kms_key: None,
                },
                accepted: None,
                layers: Vec::new(),
                snap_start: SnapStart::None,
            }),
            outside: model::function::Outside::default(),
            logging: Logging { format: LogFormat::Text, group: "/aws/lambda/f".into() },
            tracing: TracingMode::PassThrough,
        }
    }
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl LogSink for Log {
    fn append(&self, _stream: &Arc<LogStream>, events: &mut LogEvents) {
        self.0.lock().extend(events.iter().map(|(_, message)| message.to_owned()));
        events.clear();
    }
}

#[derive(Debug, Default)]
struct Free(Notify);

impl Observer for Free {
    fn available(&self, _environment: &Arc<Environment>) {
        self.0.notify_one();
    }
}

// === impl House ===

impl House {
    pub(crate) async fn start(wish: Wish) -> Self {
        let cell = Cell::Blank(blank_jail().await);
        Self::start_in(cell, wish).await
    }

    pub(crate) async fn start_in(cell: Cell, wish: Wish) -> Self {
        let code = tempfile::tempdir().unwrap();
        open_to_all(code.path(), 0o755);
        if let Some(text) = wish.bootstrap {
            write_program(&code.path().join("bootstrap"), text);
        }
        let (log, free, tasks) =
            (Arc::<Log>::default(), Arc::<Free>::default(), TaskTracker::new());
        let started = std::time::Instant::now();
        let host = Host {
            now: Arc::new(move || {
                let ms = i64::try_from(started.elapsed().as_millis()).unwrap();
                Timestamp::from_epoch_ms(1_764_037_614_000 + ms)
            }),
            logs: Arc::clone(&log) as Arc<dyn LogSink>,
            observer: Arc::clone(&free) as Arc<dyn Observer>,
            tasks: tasks.clone(),
        };
        let blueprint = blueprint(wish, code.path().to_path_buf());
        let environment = Environment::start(blueprint, cell, host).await.unwrap();
        Self { environment, log, free, tasks, _code: code }
    }

    /// Invokes and waits for the answer and for the environment to be free again.
    pub(crate) async fn invoke(&self, event: &str) -> Answer {
        let answer = self.begin(event).await.unwrap();
        self.freed().await;
        answer
    }

    /// Invokes without waiting for anything.
    pub(crate) fn begin(&self, event: &str) -> tokio::sync::oneshot::Receiver<Answer> {
        self.environment.invoke(invocation(event))
    }

    /// Invokes for a caller who takes the answer as it comes.
    pub(crate) fn begin_streaming(&self, event: &str) -> Pending {
        self.environment.invoke_streaming(invocation(event))
    }

    pub(crate) async fn freed(&self) {
        self.free.0.notified().await;
    }

    /// Gives everything logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.0.lock().concat()
    }

    /// Ends the environment and waits until everything is given back.
    pub(crate) async fn end(self) {
        self.environment.close();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Makes a jail in which nothing runs.
pub(crate) async fn blank_jail() -> Jail {
    let spec = JailSpec {
        id: format!("test-{}", JAILS.fetch_add(1, Ordering::Relaxed)).parse().unwrap(),
        limits: JailLimits::for_memory(256 << 20),
        network: NetworkMode::None,
    };
    tokio::task::spawn_blocking(move || SPAWNER.0.create(&spec)).await.unwrap().unwrap()
}

fn provided() -> Arc<Runtime> {
    let identifier = model::runtime::find("provided.al2023").unwrap();
    Catalogue::new(PathBuf::from("/nowhere")).find(identifier).unwrap()
}

/// Writes a program that every user may execute.
pub(crate) fn write_program(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    open_to_all(path, 0o755);
}

/// Gives an answer's text.
pub(crate) fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.payload).unwrap()
}

/// Gives an answer's JSON.
pub(crate) fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_slice(&answer.payload).unwrap()
}

fn invocation(event: &str) -> Invocation {
    Invocation {
        request_id: Uuid::new_v4(),
        payload: Bytes::from(event.to_owned()),
        invoked_arn: "arn:aws:lambda:us-east-1:000000000000:function:f".into(),
        trace: TraceHeader::from_caller_or_new(None, Timestamp::default(), 1),
        client_context: None,
        wants_log_tail: true,
    }
}

fn blueprint(wish: Wish, code_dir: PathBuf) -> Blueprint {
    let settings = wish.settings();
    let stream = LogStream {
        region: "us-east-1".into(),
        group: "/aws/lambda/f".into(),
        name: "stream".into(),
    };
    let limits = Limits {
        init_timeout: wish.init_timeout,
        response_payload_bytes: wish.response_bytes,
        streamed_response_bytes: wish.streamed_bytes,
        ..Limits::default()
    };
    Blueprint {
        initialization: InitializationType::OnDemand,
        function_name: "f".into(),
        version: "$LATEST".into(),
        settings: Arc::new(settings),
        variables: wish.variables,
        code_dir,
        layer_dirs: Vec::new(),
        runtime: wish.runtime,
        credentials: Credentials {
            access_key_id: "ASIATEST".into(),
            secret_access_key: "secret".into(),
            session_token: "token".into(),
        },
        log_stream: Arc::new(stream),
        operator_variables: Vec::new(),
        limits: Arc::new(limits),
    }
}

pub(crate) fn open_to_all(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
