//! The server's handle on the spawner, the process that makes jails and outlives the server just long enough to
//! clean up after it.

mod place;
mod serve;
mod tenants;

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::net::{Shutdown, shutdown};

pub use self::serve::run_spawner_if_asked;
use crate::cgroup::{Hierarchy, Lease};
use crate::channel;
use crate::config::SpawnerConfig;
use crate::error::{CreateError, Fault, StartError, Step};
use crate::jail::{Jail, Parts};
use crate::message::{Ask, Leftover, Prepared, Reply, Setup};
use crate::scratch::{self, Stock};
use crate::spec::{JailSpec, NetworkMode};
use crate::sys::fds;

/// What the process is called in process lists; starting a program under this name makes it a spawner.
const PROCESS_NAME: &str = "lambkin-spawner";
const THIS_PROGRAM: &str = "/proc/self/exe";

/// Makes jails. Any number of threads may do so at once.
///
/// Dropping it ends every jail and the spawner process, and waits until everything they took has been given back.
#[derive(Debug)]
pub struct Spawner {
    socket: OwnedFd,
    process: Mutex<Option<Child>>,
    cgroups: Hierarchy,
    scratch: Arc<Stock>,
    outbound_refused: Option<String>,
}

// === impl Spawner ===

impl Spawner {
    /// Starts the spawner process and waits until it is ready, having cleaned up after an earlier run.
    pub fn start(config: &SpawnerConfig) -> Result<Self, StartError> {
        if !rustix::process::geteuid().is_root() {
            return Err(StartError::NotRoot);
        }
        for dir in [&config.run_dir, &config.scratch_dir] {
            fs::create_dir_all(dir)
                .map_err(|source| StartError::Directory { path: dir.clone(), source })?;
        }
        let run_dir = absolute(&config.run_dir)?;
        let cgroups = Hierarchy::find(&config.instance).map_err(StartError::Cgroup)?;
        let setup = Setup {
            instance: config.instance.clone(),
            run_dir,
            network: config.network.clone(),
            cgroups: cgroups.clone(),
            slots: config.slots,
        };
        fds::allow_many().map_err(StartError::Process)?;
        let program = config.program.clone().unwrap_or_else(this_program);
        let (process, socket) = start_process(&program).map_err(StartError::Process)?;
        let scratch =
            scratch::open_stock(config.scratch_dir.clone()).map_err(StartError::Process)?;
        let mut spawner = Self {
            socket,
            process: Mutex::new(Some(process)),
            cgroups,
            scratch: Arc::new(scratch),
            outbound_refused: None,
        };
        spawner.outbound_refused = spawner.prepare(&setup)?;
        Ok(spawner)
    }

    fn prepare(&self, setup: &Setup) -> Result<Option<String>, StartError> {
        channel::send(&self.socket, setup, &[]).map_err(StartError::Process)?;
        match channel::receive(&self.socket).map_err(StartError::Process)? {
            Some((Prepared::Ready { outbound_refused }, _)) => Ok(outbound_refused),
            Some((Prepared::Failed(fault), _)) => Err(StartError::Prepare(fault)),
            None => Err(StartError::Process(io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// Why jails get no outbound network on this machine, if they get none; they are then made without.
    pub fn outbound_refused(&self) -> Option<&str> {
        self.outbound_refused.as_deref()
    }

    /// Has this many free slots ready for jails from now on, made in the background.
    pub fn keep_ready(&self, slots: usize) -> Result<(), CreateError> {
        channel::send(&self.socket, &Ask::KeepReady { slots }, &[])
            .map_err(CreateError::SpawnerGone)
    }

    /// Has some file systems of this size for [`Jail::set_tmp`] ready, made in the background.
    pub fn prepare_tmp(&self, bytes: u64) {
        self.scratch.prepare(bytes);
    }

    /// Makes a blank jail and waits until it can take programs.
    pub fn create(&self, spec: &JailSpec) -> Result<Jail, CreateError> {
        let gone = CreateError::SpawnerGone;
        let refused = self.outbound_refused.is_some();
        let network = if refused { NetworkMode::None } else { spec.network };
        let (control, control_far) = channel::pair().map_err(gone)?;
        let (events, events_far) = channel::pair().map_err(gone)?;
        let (lifetime, lifetime_far) = channel::pair().map_err(gone)?;
        let far = [control_far.as_fd(), events_far.as_fd(), lifetime_far.as_fd()];
        let ask = Ask::Create { id: spec.id.clone(), network };
        channel::send(&self.socket, &ask, &far).map_err(gone)?;
        // Only the jail's side may hold these ends, else the end of that side could not be seen.
        drop((control_far, events_far, lifetime_far));

        let made = self.await_birth(&control).and_then(|(listener, lease)| {
            lease.set_limits(&spec.limits)?;
            Ok((listener, lease))
        });
        match made {
            Ok((listener, lease)) => {
                let (id, scratch) = (spec.id.clone(), Arc::clone(&self.scratch));
                Ok(Jail::new(Parts { id, control, events, lifetime, listener, lease, scratch }))
            }
            Err(fault) => {
                drop(control);
                // The end of this channel says that nothing of the failed jail is left.
                while let Ok(Some((Leftover(_), _))) = channel::receive(&lifetime) {}
                Err(CreateError::Step(fault))
            }
        }
    }

    fn await_birth(&self, control: &OwnedFd) -> Result<(TcpListener, Lease), Fault> {
        let unexpected = || Fault::words("hear from the jail", "unexpected answer");
        match channel::receive(control).step("hear from the jail")? {
            Some((Reply::Welcome { group }, mut files)) => {
                let listener = files.pop().ok_or_else(unexpected)?;
                Ok((TcpListener::from(listener), Lease::begin(self.cgroups.open(&group)?)?))
            }
            Some((Reply::Failed(fault), _)) => Err(fault),
            Some(_) => Err(unexpected()),
            None => Err(self.end_of_creation()),
        }
    }

    fn end_of_creation(&self) -> Fault {
        let process = self.process.lock().as_mut().map(Child::try_wait);
        match process {
            Some(Ok(Some(status))) => {
                Fault::words("make the jail", format!("the spawner has ended with {status}"))
            }
            _ => Fault::words("make the jail", "its init has ended"),
        }
    }

    /// Ends every jail and the spawner process, and waits until everything they took has been given back.
    pub fn stop(self) -> io::Result<()> {
        self.end()
    }

    fn end(&self) -> io::Result<()> {
        let Some(mut process) = self.process.lock().take() else { return Ok(()) };
        shutdown(&self.socket, Shutdown::Both)?;
        let status = process.wait()?;
        self.scratch.close();
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("the spawner ended with {status}")))
        }
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        // Whoever wants to know calls `stop`.
        let _unwanted = self.end();
    }
}

/// Returns where this program is. The kernel's link serves if the file was replaced meanwhile, and only then: under a tool
/// that runs programs inside itself, as valgrind does, that link leads to the tool.
fn this_program() -> PathBuf {
    let link = Path::new(THIS_PROGRAM);
    fs::read_link(link).ok().filter(|path| path.exists()).unwrap_or_else(|| link.to_owned())
}

fn absolute(dir: &Path) -> Result<PathBuf, StartError> {
    fs::canonicalize(dir).map_err(|source| StartError::Directory { path: dir.to_owned(), source })
}

fn start_process(program: &Path) -> io::Result<(Child, OwnedFd)> {
    let (socket, far) = channel::pair()?;
    #[expect(clippy::disallowed_methods, reason = "this crate is where processes are started")]
    let mut command = Command::new(program);
    command
        .arg0(PROCESS_NAME)
        // The server's secrets have no business in a process that all jails are copied from.
        .env_clear()
        // The terminal's interrupt is for the server, which may still want to let guests finish.
        .process_group(0)
        .current_dir("/")
        .stdin(Stdio::from(far))
        .stdout(Stdio::null());
    Ok((command.spawn()?, socket))
}
