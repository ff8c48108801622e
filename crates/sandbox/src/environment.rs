//! One execution environment, from its first process to its last.
//!
//! Three parties touch an environment: whoever invokes it, the guest through the Runtime API, and
//! the driver, a task of its own that watches processes, output and deadlines. They meet in
//! [`core::Core`] behind one lock that is never held across an await; an invocation that finds the
//! guest waiting goes straight from the invoker to the guest's connection without passing the
//! driver.

mod core;
mod driver;
mod ignition;
mod invocation;
mod streaming;

use std::{collections::BTreeMap, fmt, io, path::PathBuf, sync::Arc, time::Duration};

use jail::Jail;
use model::{Limits, Timestamp, environment::InitializationType, function::Settings};
use parking_lot::Mutex;
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore, SemaphorePermit, oneshot},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use self::{
    core::{Next, Refusal},
    invocation::Delivery,
    streaming::Outlet,
};
pub use self::{
    invocation::{Answer, Invocation},
    streaming::{AnswerStream, Pending, Response},
};

use self::{core::Core, streaming::Flow};
use crate::{
    catalogue::Runtime,
    logs::{LogSink, LogStream},
    stem::Stem,
    variables::Credentials,
};

const MIB: u64 = 1024 * 1024;

/// Tells the time of day.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything that makes one environment different from another.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// The function's bare name.
    pub function_name: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// Why it is made.
    pub initialization: InitializationType,
    /// The settings of that version.
    pub settings: Arc<Settings>,
    /// The customer's variables, opened.
    pub variables: BTreeMap<String, String>,
    /// The unpacked package.
    pub code_dir: PathBuf,
    /// The unpacked layers, in the function's order: later ones hide what earlier ones have.
    pub layer_dirs: Vec<PathBuf>,
    /// The runtime.
    pub runtime: Arc<Runtime>,
    /// The execution role's credentials.
    pub credentials: Credentials,
    /// Where its log goes.
    pub log_stream: Arc<LogStream>,
    /// Variables that the operator gives to every function.
    pub operator_variables: Vec<(String, String)>,
    /// The limits in force.
    pub limits: Arc<Limits>,
}

/// Hears when an environment can take an invocation again.
pub trait Observer: Send + Sync + fmt::Debug {
    /// Called once for each invocation that ended, whatever its end, when the next one may come.
    /// It must not block; it may invoke the environment at once.
    fn available(&self, environment: &Arc<Environment>);
}

/// What an environment needs of its surroundings.
#[derive(Clone)]
pub struct Host {
    /// The time of day.
    pub now: Now,
    /// Where logs go.
    pub logs: Arc<dyn LogSink>,
    /// Who hears of free environments.
    pub observer: Arc<dyn Observer>,
    /// What every task is spawned on, so that shutdown can wait for it.
    pub tasks: TaskTracker,
}

/// Says why an environment could not be set up at all. A guest that fails is no such error.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The jail refused a mount.
    #[error("cannot show the code to the guest")]
    Mount(#[from] jail::MountError),
    /// The jail's limits could not be set.
    #[error("cannot set the limits of the environment")]
    Limit(#[from] jail::ControlError),
    /// The Runtime API or the log pipes could not be set up.
    #[error("cannot set up the environment's connections")]
    Io(#[from] io::Error),
    /// The set-up did not run to its end, because the server is shutting down.
    #[error("the set-up was cancelled")]
    Cancelled,
}

/// What an environment comes to be in.
#[derive(Debug)]
pub enum Cell {
    /// A jail in which nothing runs.
    Blank(Jail),
    /// One in which the runtime's interpreter waits for the function. It must be of the key that
    /// the function has, and the package must suit it.
    Stem(Box<Stem>),
}

/// A running execution environment.
pub struct Environment {
    blueprint: Blueprint,
    jail: Jail,
    core: Mutex<Core>,
    host: Host,
    /// Tells the driver to look at the core again.
    attention: Notify,
    /// Held while a body that the guest posts is read: a guest with many connections must not make
    /// the server hold many bodies.
    posting: Semaphore,
    closing: CancellationToken,
}

// === impl Environment ===

impl Environment {
    /// Makes `cell` the environment of a function and runs the init phase in it.
    ///
    /// Returns when init is over, whether it succeeded or not: after a failure the first
    /// invocation begins with a second init, as on AWS.
    pub async fn start(
        blueprint: Blueprint,
        cell: Cell,
        host: Host,
    ) -> Result<Arc<Self>, StartError> {
        let (jail, waiting) = match cell {
            Cell::Blank(jail) => (jail, None),
            Cell::Stem(stem) => (stem.jail, Some(stem.waiting)),
        };
        let listener = jail.take_listener().ok_or_else(|| io::Error::other("no listener"))?;
        let (init_done, init_over) = oneshot::channel();
        let environment = Arc::new(Self {
            core: Mutex::new(Core::new(init_done)),
            blueprint,
            jail,
            host,
            attention: Notify::new(),
            posting: Semaphore::new(1),
            closing: CancellationToken::new(),
        });
        let tasks = environment.host.tasks.clone();
        // Should it fail, the blocking thread is the one to give the jail back.
        let start = move || ignition::first_start(&environment, waiting).map(|()| environment);
        let environment = blocking(&tasks, start).await??;
        let driver =
            driver::Driver::new(Arc::clone(&environment), TcpListener::from_std(listener)?)?;
        tasks.spawn(driver.run());
        init_over.await.map_err(|_| StartError::Cancelled)?;
        Ok(environment)
    }

    /// Hands over an event. The answer comes when the guest has posted it, or when the platform
    /// has given up on it; the environment itself is free only when the observer hears so.
    ///
    /// # Panics
    ///
    /// If the environment is working on another event: whoever lends environments lends each once.
    pub fn invoke(self: &Arc<Self>, invocation: Invocation) -> oneshot::Receiver<Answer> {
        let (answer, receiver) = oneshot::channel();
        self.core.lock().invoke(self, invocation, answer, None);
        receiver
    }

    /// Does as [`Environment::invoke`] does, for a caller who takes the answer as the guest writes it.
    ///
    /// # Panics
    ///
    /// If the environment is working on another event.
    pub fn invoke_streaming(self: &Arc<Self>, invocation: Invocation) -> Pending {
        let (caller, begun) = oneshot::channel();
        let (answer, end) = oneshot::channel();
        self.core.lock().invoke(self, invocation, answer, Some(Flow::Awaited(caller)));
        Pending { begun, end }
    }

    /// Stops all processes of an idle environment until its next event; anything else is left alone.
    pub fn freeze_if_idle(&self) {
        self.core.lock().freeze_if_idle(self);
    }

    /// Tells whether the environment can still take events.
    pub fn is_open(&self) -> bool {
        !self.closing.is_cancelled()
    }

    /// Tells whether the runtime has come to wait for an event and was not lost since: the next
    /// invocation does not begin with an init.
    pub fn is_warm(&self) -> bool {
        self.core.lock().is_warm()
    }

    /// Ends the environment and gives back what it took, in the background. Without extensions the
    /// runtime gets no warning (lifecycle: SHUTDOWN, 0 ms).
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Gives what the environment was made for.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// Works on the core, and tells the observer if that made the environment free. The lock is
    /// released before, since the observer may invoke the environment at once.
    pub(crate) fn with_core<T>(self: &Arc<Self>, act: impl FnOnce(&mut Core) -> T) -> T {
        let (result, freed) = {
            let mut core = self.core.lock();
            (act(&mut core), core.take_freed())
        };
        if freed {
            self.host.observer.available(self);
        }
        result
    }

    /// Waits for the turn to read a posted body; `None` never comes, since the semaphore stays open.
    pub(crate) async fn turn_to_post(&self) -> Option<SemaphorePermit<'_>> {
        self.posting.acquire().await.ok()
    }

    pub(crate) fn response_limit_bytes(&self) -> u64 {
        self.blueprint.limits.response_payload_bytes
    }

    pub(crate) fn streamed_limit_bytes(&self) -> u64 {
        self.blueprint.limits.streamed_response_bytes
    }

    fn now(&self) -> Timestamp {
        (self.host.now)()
    }

    fn init_timeout(&self) -> Duration {
        let limits = &self.blueprint.limits;
        match self.blueprint.initialization {
            InitializationType::OnDemand => limits.init_timeout,
            InitializationType::Provisioned => limits.provisioned_init_timeout.max(self.timeout()),
        }
    }

    fn timeout(&self) -> Duration {
        self.blueprint.settings.timeout
    }

    fn memory_bytes(&self) -> u64 {
        u64::from(self.blueprint.settings.memory_mib) * MIB
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("observer", &self.observer).finish_non_exhaustive()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("function", &self.blueprint.function_name)
            .field("version", &self.blueprint.version)
            .field("log_stream", &self.blueprint.log_stream.name)
            .finish_non_exhaustive()
    }
}

/// Runs a short blocking act on tokio's blocking threads, tracked until it ends.
async fn blocking<T: Send + 'static>(
    tasks: &TaskTracker,
    act: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StartError> {
    tasks.spawn_blocking(act).await.map_err(|_| StartError::Cancelled)
}
