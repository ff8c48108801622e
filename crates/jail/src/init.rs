//! The first process of a jail: prepares its view of the machine, then starts, signals and reaps guests on request.
//!
//! It is root on the host and stays outside the jail's control groups, so that guests can neither see nor starve it.
//! When the server lets go of the control socket it exits, and with it the kernel ends every process of the jail.

pub(crate) use self::guest::FILE_NUMBERS_END;

mod confine;
mod guest;
mod launcher;
mod place;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, set_parent_process_death_signal, wait,
};

use self::launcher::Launcher;
use crate::channel;
use crate::error::{Fault, Step};
use crate::message::{Ended, Exec, Go, Reply, Request};
use crate::mount;
use crate::network;
use crate::seccomp::Filter;
use crate::spec::RUNTIME_API_PORT;
use crate::sys::{fds, signals};

/// How long to wait for the end of killed processes before killing again.
const KILL_AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// What the spawner hands to a new jail's init.
#[derive(Debug)]
pub(crate) struct Birth<'a> {
    pub(crate) control: OwnedFd,
    pub(crate) events: OwnedFd,
    /// Where the spawner says that what is made from outside is in place.
    pub(crate) go: OwnedFd,
    /// Writing a process id to each moves the process into the jail's control groups.
    pub(crate) doors: Vec<File>,
    pub(crate) root: PathBuf,
    pub(crate) hostname: &'a str,
    /// User and group id on the host that this jail's guests have.
    pub(crate) host_id: u32,
    pub(crate) filter: &'a Filter,
}

/// A jail's init at work.
#[derive(Debug)]
struct Init<'a> {
    birth: Birth<'a>,
    children: OwnedFd,
    launcher: Option<Launcher>,
    /// Programs whose end the server wants to know.
    guests: BTreeSet<i32>,
    /// Where something has been mounted on request.
    mounted: BTreeSet<PathBuf>,
}

/// Runs a jail's init; the result is its exit status.
pub(crate) fn run(birth: Birth<'_>) -> i32 {
    // Until the copied descriptors are closed, this process keeps others from seeing their peers' ends.
    let Ok(control) = birth.keep_only_own_files().and_then(|()| birth.control.try_clone()) else {
        return 1;
    };
    let outcome = Init::prepare(birth).and_then(|(init, listener)| {
        channel::send(&control, &Reply::Done, &[listener.as_fd()]).step("answer the server")?;
        drop(listener);
        init.serve()
    });
    let Err(fault) = outcome else { return 0 };
    // Nobody is left to tell when the server has gone too.
    let _unheard = channel::send(&control, &Reply::Failed(fault), &[]);
    1
}

// === impl Init ===

impl<'a> Init<'a> {
    fn prepare(birth: Birth<'a>) -> Result<(Self, TcpListener), Fault> {
        // If the spawner is gone already, the control socket's other end goes with the server's failed request.
        set_parent_process_death_signal(Some(Signal::KILL)).step("tie init to the spawner")?;
        rustix::thread::set_name(c"lambkin-init").step("name init")?;
        let children = signals::watch_children().step("watch children")?;
        rustix::system::sethostname(birth.hostname.as_bytes()).step("set the host name")?;
        place::enter_root(&birth.root)?;
        network::inside::quiet_ipv6();
        place::hide_kernel()?;
        let go = channel::receive::<Go>(&birth.go).step("wait for the spawner")?;
        let (go, _) = go.ok_or_else(|| Fault::words("wait for the spawner", "it has gone"))?;
        network::inside::configure(go.link)?;
        let listener = listen(SocketAddrV4::new(Ipv4Addr::LOCALHOST, RUNTIME_API_PORT))?;
        let mut init = Self {
            birth,
            children,
            launcher: None,
            guests: BTreeSet::new(),
            mounted: BTreeSet::new(),
        };
        init.launcher()?;
        Ok((init, listener))
    }

    /// Serves requests until the server lets go.
    fn serve(mut self) -> Result<(), Fault> {
        loop {
            let mut ready = [
                PollFd::new(&self.birth.control, PollFlags::IN),
                PollFd::new(&self.children, PollFlags::IN),
            ];
            poll(&mut ready, None).step("wait for requests")?;
            let [control, children] = ready.map(|fd| !fd.revents().is_empty());
            if children {
                self.reap()?;
            }
            if control && !self.serve_one()? {
                place::forget_tmp();
                return Ok(());
            }
        }
    }

    /// Serves one request; `false` when there will be no more.
    fn serve_one(&mut self) -> Result<bool, Fault> {
        let received = channel::receive::<Request>(&self.birth.control).step("read a request")?;
        let Some((request, files)) = received else { return Ok(false) };
        let mut socket = None;
        let done = match request {
            Request::Mount { targets } => self.mount(targets, files).map(|()| Reply::Done),
            Request::Exec(exec) => self.exec(&exec, &files),
            Request::Signal { pid, signal } => self.signal(pid, signal).map(|()| Reply::Done),
            Request::KillAll => self.kill_all().map(|()| Reply::Done),
            Request::Listen { address } => listen(address).map(|listener| {
                socket = Some(listener);
                Reply::Done
            }),
        };
        let reply = done.unwrap_or_else(Reply::Failed);
        let files: Vec<BorrowedFd<'_>> = socket.iter().map(AsFd::as_fd).collect();
        channel::send(&self.birth.control, &reply, &files).step("answer the server")?;
        Ok(true)
    }

    fn mount(&mut self, targets: Vec<PathBuf>, mounts: Vec<OwnedFd>) -> Result<(), Fault> {
        for (target, mount) in targets.into_iter().zip(mounts) {
            if self.mounted.remove(&target) {
                place::unmount(&target).step(format!("unmount {}", target.display()))?;
            }
            mount::attach(mount, &target).step(format!("mount at {}", target.display()))?;
            self.mounted.insert(target);
        }
        Ok(())
    }

    fn exec(&mut self, exec: &Exec, files: &[OwnedFd]) -> Result<Reply, Fault> {
        let files: Vec<_> = files.iter().map(AsFd::as_fd).collect();
        let reply = match self.launcher()?.launch(exec, &files) {
            Ok(reply) => reply,
            Err(_killed_for_memory) => {
                self.launcher = None;
                self.launcher()?.launch(exec, &files)?
            }
        };
        if let Reply::Started { pid } = reply {
            self.guests.insert(pid);
        }
        Ok(reply)
    }

    /// The process that starts guests from inside the control groups; a new one if the last has been killed.
    fn launcher(&mut self) -> Result<&Launcher, Fault> {
        let launcher = match self.launcher.take() {
            Some(launcher) => launcher,
            None => Launcher::start(&self.birth)?,
        };
        Ok(self.launcher.insert(launcher))
    }

    fn signal(&self, pid: i32, signal: i32) -> Result<(), Fault> {
        // Numbers of ended programs may have been given to other processes.
        if !self.guests.contains(&pid) {
            return Err(Fault::new("send a signal", io::Error::from_raw_os_error(libc::ESRCH)));
        }
        signals::send(pid, signal).step("send a signal")
    }

    /// Kills all guests and returns when none is left.
    fn kill_all(&mut self) -> Result<(), Fault> {
        loop {
            // From inside the groups everyone dies but the launcher and init; without a launcher, everyone but init.
            let killed = self.launcher.as_ref().map(Launcher::kill_others);
            if !matches!(killed, Some(Ok(()))) {
                self.launcher = None;
                signals::kill_everyone_else().step("kill all guests")?;
            }
            self.reap()?;
            let launcher = self.launcher.as_ref().map(Launcher::pid);
            if place::processes()
                .step("list processes")?
                .into_iter()
                .all(|pid| pid == 1 || Some(pid) == launcher)
            {
                return Ok(());
            }
            let mut ready = [PollFd::new(&self.children, PollFlags::IN)];
            poll(&mut ready, Some(&KILL_AGAIN)).step("wait for the killed")?;
        }
    }

    /// Takes note of every child that has ended, including those orphaned by guests.
    fn reap(&mut self) -> Result<(), Fault> {
        signals::drain(&self.children);
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            let pid = Pid::as_raw(Some(pid));
            if self.launcher.as_ref().is_some_and(|launcher| launcher.pid() == pid) {
                self.launcher = None;
            }
            if self.guests.remove(&pid) {
                channel::send(&self.birth.events, &ended(pid, status), &[])
                    .step("report an ended program")?;
            }
        }
        Ok(())
    }
}

fn ended(pid: i32, status: WaitStatus) -> Ended {
    Ended { pid, code: status.exit_status(), signal: status.terminating_signal() }
}

fn listen(address: SocketAddrV4) -> Result<TcpListener, Fault> {
    let listener = TcpListener::bind(address).step(format!("listen at {address}"))?;
    listener.set_nonblocking(true).step(format!("listen at {address}"))?;
    Ok(listener)
}

// === impl Birth ===

impl Birth<'_> {
    /// Lets go of everything copied from the spawner, such as the other jails' sockets.
    fn keep_only_own_files(&self) -> io::Result<()> {
        let null = File::open("/dev/null")?.into();
        fds::place(&null, 0)?;
        fds::place(&null, 1)?;
        drop(null);
        let own = [self.control.as_raw_fd(), self.events.as_raw_fd(), self.go.as_raw_fd()];
        let doors = self.doors.iter().map(AsRawFd::as_raw_fd);
        fds::close_all_except(&own.into_iter().chain(doors).collect::<Vec<_>>())
    }
}
