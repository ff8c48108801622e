//! Stem cells: interpreters that were started before it is known for which function.
//!
//! A stem cell is a managed runtime's own `bootstrap`, executed in a jail of its own with [`STEM_FD`] open. It loads the
//! runtime client, writes one byte, and waits. When a function needs an environment, its code is shown in the jail, and
//! the stem is told the complete environment as JSON; from there on it is that function's runtime. Each is used once:
//! no two environments ever have a process, or anything that a process remembers, in common.

mod key;

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use jail::{ExecError, ExecSpec, GuestPid, Jail, Mount};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

pub use key::StemKey;

use crate::{
    catalogue::Runtime,
    logs::Pipes,
    variables::{self, TELEMETRY_FD},
};

/// The descriptor on which a stem waits; runtimes' bootstraps look for it.
const STEM_FD: i32 = 63;
/// How long an interpreter may take to become ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// An interpreter that waits in its jail.
#[derive(Debug)]
pub struct Stem {
    pub(crate) jail: Jail,
    pub(crate) waiting: Waiting,
}

/// The process itself, and what leads to it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) guest: GuestPid,
    pub(crate) pipes: Pipes,
    channel: UnixStream,
}

/// Says why no stem came to be.
#[derive(Debug, thiserror::Error)]
pub enum StemError {
    /// The runtime could not be shown in the jail.
    #[error("cannot show the runtime to the interpreter")]
    Mount(#[from] jail::MountError),
    /// The bootstrap could not be executed.
    #[error("cannot execute the bootstrap")]
    Execute(#[from] ExecError),
    /// Its pipes or its channel could not be set up.
    #[error("cannot set up the interpreter's connections")]
    Io(#[from] io::Error),
    /// It ended instead of becoming ready, or took too long.
    #[error("the interpreter does not become ready")]
    NotReady,
    /// The server is shutting down.
    #[error("the start was cancelled")]
    Cancelled,
}

// === impl Stem ===

impl Stem {
    /// Starts an interpreter in a blank jail and waits until it is ready.
    pub async fn start(
        jail: Jail,
        key: &StemKey,
        runtime: Arc<Runtime>,
        tasks: &TaskTracker,
    ) -> Result<Self, StemError> {
        let memory_mib = key.memory_mib();
        let execute = move || execute(jail, &runtime, memory_mib);
        let stem = tasks.spawn_blocking(execute).await.map_err(|_| StemError::Cancelled)??;
        match stem.readiness().await {
            Ok(()) => Ok(stem),
            Err(error) => {
                // Giving back a jail waits for the kernel.
                tasks.spawn_blocking(move || drop(stem));
                Err(error)
            }
        }
    }

    /// Tells whether it still waits. It has nothing to say while it does.
    pub fn is_alive(&self) -> bool {
        let read = (&self.waiting.channel).read(&mut [0]);
        read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Tells how much memory it uses.
    pub fn memory_bytes(&self) -> u64 {
        self.jail.usage().map(|usage| usage.memory_bytes).unwrap_or_default()
    }

    async fn readiness(&self) -> Result<(), StemError> {
        // A copy, which takes tokio's interest in the channel away with it.
        let channel = tokio::net::UnixStream::from_std(self.waiting.channel.try_clone()?)?;
        timeout(PATIENCE, channel.readable()).await.map_err(|_| StemError::NotReady)??;
        let mut word = [0];
        match (&self.waiting.channel).read(&mut word) {
            Ok(1) => Ok(()),
            _ => Err(StemError::NotReady),
        }
    }
}

// === impl Waiting ===

impl Waiting {
    /// Tells the process who it is. Never waits: what it is told fits into the channel, or it is of no use.
    pub(crate) fn specialise(&self, variables: &[(String, String)]) -> io::Result<()> {
        let variables: serde_json::Map<_, _> =
            variables.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
        (&self.channel).write_all(&serde_json::to_vec(&variables)?)?;
        self.channel.shutdown(Shutdown::Write)
    }
}

fn execute(jail: Jail, runtime: &Runtime, memory_mib: Option<u32>) -> Result<Stem, StemError> {
    let mounts: Vec<_> =
        runtime.mounts().into_iter().map(|(source, target)| Mount::bind(source, target)).collect();
    jail.mount(&mounts)?;
    let (pipes, ends) = Pipes::open()?;
    let (channel, far) = UnixStream::pair()?;
    channel.set_nonblocking(true)?;
    let far = OwnedFd::from(far);
    let stdin = std::fs::File::open("/dev/null")?;
    let spec = ExecSpec {
        argv: runtime.bootstraps().iter().take(1).map(|&path| path.to_owned()).collect(),
        env: variables::of_stem(memory_mib),
        // Where the code will be there is nothing yet.
        cwd: PathBuf::from("/"),
        fds: vec![
            (stdin.as_fd(), 0),
            (ends.output(), 1),
            (ends.output(), 2),
            (ends.telemetry(), TELEMETRY_FD),
            (far.as_fd(), STEM_FD),
        ],
    };
    let guest = jail.exec(&spec)?;
    Ok(Stem { jail, waiting: Waiting { guest, pipes, channel } })
}
