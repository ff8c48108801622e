//! The server's handle on one jail.

use std::fmt;
use std::io;
use std::net::{SocketAddrV4, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::cgroup::Lease;
use crate::channel;
use crate::error::{ControlError, DestroyError, ExecError, Fault, MountError, Step};
use crate::init::FILE_NUMBERS_END;
use crate::message::{Ended, Exec, ExecStage, Leftover, Reply, Request};
use crate::mount;
use crate::scratch::{Stock, Tmp};
use crate::spec::{Ending, ExecSpec, GuestPid, JailEvent, JailId, Limits, Mount, Usage};

/// A place where guest programs run, cut off from the machine.
///
/// All methods may be called from any thread and wait for the kernel or the jail's init, never for a guest. Dropping
/// the handle ends the jail and waits until everything it took has been given back.
pub struct Jail {
    id: JailId,
    /// Requests and answers take turns. Taking it away ends the jail.
    control: Mutex<Option<OwnedFd>>,
    events: OwnedFd,
    lifetime: OwnedFd,
    listener: Mutex<Option<TcpListener>>,
    lease: Lease,
    scratch: Arc<Stock>,
    /// What `/tmp` is, and has been: processes may still use one that has been replaced.
    tmps: Mutex<Vec<Tmp>>,
    /// Kills for lack of memory that have been reported or attributed to other causes.
    oom_kills_seen: AtomicU64,
}

/// What a jail is made of.
pub(crate) struct Parts {
    pub(crate) id: JailId,
    pub(crate) control: OwnedFd,
    pub(crate) events: OwnedFd,
    pub(crate) lifetime: OwnedFd,
    pub(crate) listener: TcpListener,
    pub(crate) lease: Lease,
    pub(crate) scratch: Arc<Stock>,
}

impl fmt::Debug for Jail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The descriptor is readable when [`Jail::try_next_event`] has something to give.
impl AsFd for Jail {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }
}

// === impl Jail ===

impl Jail {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            id: parts.id,
            control: Mutex::new(Some(parts.control)),
            events: parts.events,
            lifetime: parts.lifetime,
            listener: Mutex::new(Some(parts.listener)),
            lease: parts.lease,
            scratch: parts.scratch,
            tmps: Mutex::default(),
            oom_kills_seen: AtomicU64::new(0),
        }
    }

    /// The jail's name.
    pub fn id(&self) -> &JailId {
        &self.id
    }

    /// Hands out the listener at 127.0.0.1:9001 inside the jail, not blocking; `None` after the first time.
    pub fn take_listener(&self) -> Option<TcpListener> {
        self.listener.lock().take()
    }

    /// Opens another listener inside the jail, not blocking.
    pub fn listen(&self, address: SocketAddrV4) -> Result<TcpListener, ControlError> {
        let (reply, mut files) =
            self.ask(&Request::Listen { address }, &[]).map_err(ControlError::Gone)?;
        match (reply, files.pop()) {
            (Reply::Done, Some(socket)) => Ok(TcpListener::from(socket)),
            (reply, _) => Err(ControlError::Step(fault_of(reply))),
        }
    }

    /// Shows host directories and files in the jail, read-only; a target mounted before shows the new one instead.
    pub fn mount(&self, mounts: &[Mount]) -> Result<(), MountError> {
        let make = |mount: &Mount| {
            mount::detached(&mount.source)
                .map_err(|(path, source)| MountError::Source { path, source })
        };
        let detached = mounts.iter().map(make).collect::<Result<Vec<_>, _>>()?;
        self.attach(mounts.iter().map(|mount| mount.target.clone()).collect(), &detached)
    }

    /// Gives the jail an empty `/tmp` of this size, in place of what it had.
    pub fn set_tmp(&self, bytes: u64) -> Result<(), MountError> {
        let tmp = self.scratch.take(bytes).map_err(MountError::Scratch)?;
        let shown = mount::copy(&tmp.mount).step("copy the mount").map_err(MountError::Scratch)?;
        self.tmps.lock().push(tmp);
        self.attach(vec!["/tmp".into()], &[shown])
    }

    fn attach(&self, targets: Vec<PathBuf>, mounts: &[OwnedFd]) -> Result<(), MountError> {
        let fds: Vec<_> = mounts.iter().map(AsFd::as_fd).collect();
        match self.ask(&Request::Mount { targets }, &fds).map_err(MountError::Gone)? {
            (Reply::Done, _) => Ok(()),
            (reply, _) => Err(MountError::Target(fault_of(reply))),
        }
    }

    /// Starts a program and returns when it runs. The jail must not be frozen.
    pub fn exec(&self, spec: &ExecSpec<'_>) -> Result<GuestPid, ExecError> {
        let numbers: Vec<_> = spec.fds.iter().map(|(_, number)| *number).collect();
        if let Some(number) = numbers.iter().find(|number| !(0..FILE_NUMBERS_END).contains(*number))
        {
            let reason = format!("{number} is not below {FILE_NUMBERS_END}");
            return Err(ExecError::Confine(Fault::words("number the program's files", reason)));
        }
        let exec = Exec {
            argv: spec.argv.clone(),
            env: spec.env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            cwd: spec.cwd.clone(),
        };
        let fds: Vec<_> = spec.fds.iter().map(|(fd, _)| *fd).collect();
        let request = Request::Exec { numbers };
        let asked =
            self.ask_with(|control| channel::send_with_body(control, &request, &exec, &fds));
        let asked = asked.map_err(|error| match error.raw_os_error() {
            // The kernel says the same of arguments and environment that are too long.
            Some(libc::E2BIG) => unstartable(spec, ExecStage::Program, libc::E2BIG),
            _ => ExecError::Gone(error),
        });
        match asked?.0 {
            Reply::Started { pid } => Ok(GuestPid(pid)),
            Reply::Unstartable { at, errno } => Err(unstartable(spec, at, errno)),
            reply => Err(ExecError::Confine(fault_of(reply))),
        }
    }

    /// Sends a signal, given by number, to a program started by [`Jail::exec`].
    pub fn signal(&self, pid: GuestPid, signal: i32) -> Result<(), ControlError> {
        self.act(&Request::Signal { pid: pid.0, signal })
    }

    /// Kills every guest process and returns when all are gone; mounts and `/tmp` stay as they are.
    ///
    /// Each program's end is reported as an event, and programs can be started again.
    pub fn kill_all(&self) -> Result<(), ControlError> {
        self.lease.while_released(|| self.act(&Request::KillAll))??;
        Ok(self.lease.reset_peak()?)
    }

    /// Takes the next event, if there is one, without waiting.
    pub fn try_next_event(&self) -> io::Result<Option<JailEvent>> {
        match channel::try_receive::<Ended>(&self.events) {
            Ok(Some((ended, _))) => Ok(Some(self.exited(&ended))),
            Ok(None) => {
                self.give_up_tmps();
                Ok(Some(JailEvent::Gone))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lets go of what a jail had that has gone without being asked to.
    fn give_up_tmps(&self) {
        if self.control.lock().is_some() {
            // Some of its processes may be dying still.
            self.tmps.lock().drain(..).for_each(|tmp| self.scratch.discard(tmp));
        }
    }

    fn exited(&self, ended: &Ended) -> JailEvent {
        let ending = match (ended.code, ended.signal) {
            (Some(code), _) => Ending::Code(code),
            (None, signal) => Ending::Signal(signal.unwrap_or(libc::SIGKILL)),
        };
        // A jail that has gone cannot be asked, and then it was not its memory that ended it.
        let kills = self.lease.oom_kills().unwrap_or(0);
        let seen = self.oom_kills_seen.fetch_max(kills, Ordering::Relaxed);
        let oom_killed = ending == Ending::Signal(libc::SIGKILL) && kills > seen;
        JailEvent::Exited { pid: GuestPid(ended.pid), ending, oom_killed }
    }

    /// Stops all guests where they are. One write; it takes effect within microseconds.
    pub fn freeze(&self) -> Result<(), ControlError> {
        Ok(self.lease.freeze()?)
    }

    /// Lets all guests go on.
    pub fn thaw(&self) -> Result<(), ControlError> {
        Ok(self.lease.thaw()?)
    }

    /// Replaces the limits.
    pub fn set_limits(&self, limits: &Limits) -> Result<(), ControlError> {
        Ok(self.lease.set_limits(limits)?)
    }

    /// Reads what the guests have used.
    pub fn usage(&self) -> Result<Usage, ControlError> {
        Ok(self.lease.usage()?)
    }

    /// Reads the highest memory use so far, by a single system call.
    pub fn peak_memory_bytes(&self) -> Result<u64, ControlError> {
        Ok(self.lease.peak_memory_bytes()?)
    }

    /// Ends the jail and waits until everything it took has been given back; doing it again does nothing.
    pub fn destroy(&self) -> Result<(), DestroyError> {
        let Some(control) = self.control.lock().take() else { return Ok(()) };
        // A jail that has gone by itself has nothing left to release.
        let _gone = self.lease.release();
        drop(control);
        let mut leftover = None;
        while let Some((Leftover(fault), _)) =
            channel::receive(&self.lifetime).map_err(DestroyError::Wait)?
        {
            leftover = Some(fault);
        }
        // No process of the jail is left to reach them.
        for tmp in self.tmps.lock().drain(..) {
            self.scratch.give_back(tmp);
        }
        leftover.map_or(Ok(()), |fault| Err(DestroyError::Leftover(fault)))
    }

    fn act(&self, request: &Request) -> Result<(), ControlError> {
        match self.ask(request, &[]).map_err(ControlError::Gone)? {
            (Reply::Done, _) => Ok(()),
            (reply, _) => Err(ControlError::Step(fault_of(reply))),
        }
    }

    fn ask(&self, request: &Request, fds: &[BorrowedFd<'_>]) -> io::Result<(Reply, Vec<OwnedFd>)> {
        self.ask_with(|control| channel::send(control, request, fds))
    }

    fn ask_with(
        &self,
        send: impl FnOnce(&OwnedFd) -> io::Result<()>,
    ) -> io::Result<(Reply, Vec<OwnedFd>)> {
        let control = self.control.lock();
        let control = control.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        send(control)?;
        channel::receive(control)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        // Whoever wants to know calls `destroy`.
        let _unwanted = self.destroy();
    }
}

fn unstartable(spec: &ExecSpec<'_>, at: ExecStage, errno: i32) -> ExecError {
    let source = io::Error::from_raw_os_error(errno);
    match at {
        ExecStage::WorkingDir => ExecError::WorkingDir { path: spec.cwd.clone(), source },
        ExecStage::Program => {
            ExecError::Program { program: spec.argv.first().cloned().unwrap_or_default(), source }
        }
    }
}

fn fault_of(reply: Reply) -> Fault {
    match reply {
        Reply::Failed(fault) => fault,
        _ => Fault::words("hear from the jail", "unexpected answer"),
    }
}
