//! Serving one jail: mounts, programs and signals on request, and everything's end when the server lets go.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};

use super::Init;
use super::launch::{Program, launch};
use super::place;
use crate::channel::{self, Raw};
use crate::error::{Fault, Step};
use crate::message::{Ended, Reply, Request};
use crate::mount;
use crate::network::Slots;
use crate::scratch::Condition;
use crate::spec::RUNTIME_API_PORT;
use crate::sys::signals;

/// How long to wait for the end of killed processes before killing again.
const KILL_AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
const TMP: &str = "/tmp";

/// A jail as init serves it.
#[derive(Debug)]
pub(super) struct Tenancy<'a> {
    init: &'a Init<'a>,
    control: OwnedFd,
    events: OwnedFd,
    /// Programs whose end the server wants to know.
    guests: BTreeSet<i32>,
    /// Where something has been mounted on request.
    mounted: BTreeSet<PathBuf>,
    /// What `/tmp` was like when it was mounted.
    tmp: Option<Condition>,
}

// === impl Tenancy ===

impl<'a> Tenancy<'a> {
    /// Welcomes the server, or tells it why not.
    pub(super) fn begin(
        init: &'a Init<'a>,
        control: OwnedFd,
        events: OwnedFd,
    ) -> Result<Self, Fault> {
        let listener = match listen(SocketAddrV4::new(Ipv4Addr::LOCALHOST, RUNTIME_API_PORT)) {
            Ok(listener) => listener,
            Err(fault) => {
                // A server that has gone has given the jail up.
                let _unheard = channel::send(&control, &Reply::Failed(fault.clone()), &[]);
                return Err(fault);
            }
        };
        let welcome = Reply::Welcome { group: Slots::group(init.birth.slot) };
        // The same server's silence is told by the first request, which never comes.
        let _unheard = channel::send(&control, &welcome, &[listener.as_fd()]);
        let (guests, mounted) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { init, control, events, guests, mounted, tmp: None })
    }

    /// Serves requests until the server lets go, then ends everything.
    pub(super) fn run(mut self) -> Result<(), Fault> {
        self.serve()?;
        self.kill_all()?;
        if let Some(before) = self.tmp {
            // Nobody will read what was written, and writing it to disk would delay the end.
            place::forget_unless(TMP, &before);
        }
        for target in &self.mounted {
            place::unmount(target).step(format!("unmount {}", target.display()))?;
        }
        Ok(())
    }

    fn serve(&mut self) -> Result<(), Fault> {
        loop {
            let mut ready = [
                PollFd::new(&self.control, PollFlags::IN),
                PollFd::new(&self.init.children, PollFlags::IN),
            ];
            poll(&mut ready, None).step("wait for requests")?;
            let [control, children] = ready.map(|fd| !fd.revents().is_empty());
            if children {
                self.reap()?;
            }
            if control && !self.serve_one()? {
                return Ok(());
            }
        }
    }

    /// Serves one request; `false` when there will be no more.
    fn serve_one(&mut self) -> Result<bool, Fault> {
        // A server that was killed with an answer unread is one that has let go.
        let Ok(Some(mut raw)) = channel::receive_with_body(&self.control) else { return Ok(false) };
        let mut socket = None;
        let done = match raw.message().step("read a request")? {
            Request::Mount { targets } => {
                self.mount(targets, std::mem::take(&mut raw.fds)).map(|()| Reply::Done)
            }
            Request::Exec { numbers } => self.exec(&numbers, raw),
            Request::Signal { pid, signal } => self.signal(pid, signal).map(|()| Reply::Done),
            Request::KillAll => self.kill_all().map(|()| Reply::Done),
            Request::Listen { address } => listen(address).map(|listener| {
                socket = Some(listener);
                Reply::Done
            }),
        };
        let reply = done.unwrap_or_else(Reply::Failed);
        let files: Vec<BorrowedFd<'_>> = socket.iter().map(AsFd::as_fd).collect();
        Ok(channel::send(&self.control, &reply, &files).is_ok())
    }

    fn mount(&mut self, targets: Vec<PathBuf>, mounts: Vec<OwnedFd>) -> Result<(), Fault> {
        for (target, mount) in targets.into_iter().zip(mounts) {
            if self.mounted.remove(&target) {
                place::unmount(&target).step(format!("unmount {}", target.display()))?;
            }
            mount::attach(mount, &target).step(format!("mount at {}", target.display()))?;
            if target == Path::new(TMP) {
                self.tmp = Some(place::condition(TMP).step("look at /tmp")?);
            }
            self.mounted.insert(target);
        }
        Ok(())
    }

    fn exec(&mut self, numbers: &[i32], mut raw: Raw) -> Result<Reply, Fault> {
        let files = std::mem::take(&mut raw.fds);
        let reply = launch(self.init, Program { exec: raw.body(), numbers, files })?;
        if let Reply::Started { pid } = reply {
            self.guests.insert(pid);
        }
        Ok(reply)
    }

    fn signal(&self, pid: i32, signal: i32) -> Result<(), Fault> {
        // Numbers of ended programs may have been given to other processes.
        if !self.guests.contains(&pid) {
            return Err(Fault::new("send a signal", Errno::SRCH));
        }
        signals::send(pid, signal).step("send a signal")
    }

    /// Kills all guests and returns when none is left.
    fn kill_all(&mut self) -> Result<(), Fault> {
        loop {
            signals::kill_everyone_else().step("kill all guests")?;
            // Whoever a guest started becomes a child of this process when the guest ends.
            if self.reap()? == Children::None {
                return Ok(());
            }
            let mut ready = [PollFd::new(&self.init.children, PollFlags::IN)];
            poll(&mut ready, Some(&KILL_AGAIN)).step("wait for the killed")?;
        }
    }

    /// Takes note of every child that has ended, including those orphaned by guests.
    fn reap(&mut self) -> Result<Children, Fault> {
        signals::drain(&self.init.children);
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => self.note_end(Pid::as_raw(Some(pid)), status),
                Ok(None) => return Ok(Children::Some),
                Err(Errno::CHILD) => return Ok(Children::None),
                Err(error) => return Err(Fault::new("wait for guests", error)),
            }
        }
    }

    fn note_end(&mut self, pid: i32, status: WaitStatus) {
        if self.guests.remove(&pid) {
            // A server that does not listen any more has let go, which is about to be seen.
            let _unheard = channel::send(&self.events, &ended(pid, status), &[]);
        }
    }
}

/// Whether this process has any, dead or alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Children {
    None,
    Some,
}

fn ended(pid: i32, status: WaitStatus) -> Ended {
    Ended { pid, code: status.exit_status(), signal: status.terminating_signal() }
}

fn listen(address: SocketAddrV4) -> Result<TcpListener, Fault> {
    let listener = TcpListener::bind(address).step(format!("listen at {address}"))?;
    listener.set_nonblocking(true).step(format!("listen at {address}"))?;
    Ok(listener)
}
