//! The spawner process: single-threaded, started before the server has threads, alone in doing what needs root.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::thread::UnshareFlags;

use super::PROCESS_NAME;
use super::tenants::Tenants;
use crate::channel;
use crate::error::{Fault, Step};
use crate::message::{Ask, Prepared, Setup};
use crate::network::{Forwarding, LinkFamily, Rules, veth};
use crate::root;
use crate::sys::{fds, process, signals};

/// How long to wait for the spawner of an earlier run to finish cleaning up.
const LOCK_TRIES: u32 = 500;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// What tells a program to end, which the spawner does only when the server has ended.
const IGNORED_SIGNALS: [i32; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGPIPE];

/// Becomes the spawner process, and never returns, if that is what this process was started for.
///
/// Belongs at the very start of `main` of every program that uses [`super::Spawner`].
pub fn run_spawner_if_asked() {
    if std::env::args_os().next().is_some_and(|name| name == PROCESS_NAME) {
        process::exit(run());
    }
}

fn run() -> i32 {
    let Ok(server) = io::stdin().as_fd().try_clone_to_owned() else { return 1 };
    match Spawning::prepare(&server) {
        Ok(spawning) => i32::from(spawning.serve().is_err()),
        Err(fault) => {
            // A server that has gone is the only one that would want to know.
            let _unheard = channel::send(&server, &Prepared::Failed(fault), &[]);
            1
        }
    }
}

/// The spawner at work.
#[derive(Debug)]
struct Spawning<'a> {
    server: &'a OwnedFd,
    children: OwnedFd,
    tenants: Tenants,
    rules: Option<Rules>,
    /// Held until the very end, so that the next run starts with nothing of this one left.
    _lock: File,
}

// === impl Spawning ===

impl<'a> Spawning<'a> {
    fn prepare(server: &'a OwnedFd) -> Result<Self, Fault> {
        rustix::thread::set_name(c"lambkin-spawner").step("name the spawner")?;
        for signal in IGNORED_SIGNALS {
            signals::ignore(signal).step("ignore signals")?;
        }
        let children = signals::watch_children().step("watch children")?;
        let (setup, _) = channel::receive::<Setup>(server)
            .step("hear from the server")?
            .ok_or_else(|| Fault::words("hear from the server", "it has gone"))?;
        let lock = lock(&setup.run_dir)?;

        setup.cgroups.take_over(&setup.run_dir.join("cgroups.json"))?;
        let tag = setup.instance.tag();
        veth::sweep(&tag, LinkFamily::of(&setup.instance)).step("remove stale links")?;
        let outbound = open_outbound(&tag, &setup);
        leave_mounts().step("leave the machine's mount table")?;
        let root = setup.run_dir.join("root");
        root::build(&root, &setup.network)?;

        fds::allow_many().step("raise the limit of open files")?;
        let outbound_refused = outbound.as_ref().err().map(ToString::to_string);
        let tenants = Tenants::new(setup, root, outbound.is_ok())?;
        channel::send(server, &Prepared::Ready { outbound_refused }, &[])
            .step("answer the server")?;
        Ok(Self { server, children, tenants, rules: outbound.ok(), _lock: lock })
    }

    /// Makes jails and cleans up after them until the server ends.
    fn serve(mut self) -> Result<(), Fault> {
        loop {
            self.tenants.settle();
            let mut ready = [
                PollFd::new(self.server, PollFlags::IN),
                PollFd::new(self.tenants.reports(), PollFlags::IN),
                PollFd::new(&self.children, PollFlags::IN),
            ];
            match poll(&mut ready, None) {
                Err(Errno::INTR) => continue,
                other => other.step("wait for requests")?,
            };
            let [server, reports, children] = ready.map(|fd| !fd.revents().is_empty());
            // Inits say why they end before they do.
            if reports || children {
                self.tenants.hear();
            }
            if children {
                signals::drain(&self.children);
                self.tenants.reap();
            }
            if server {
                match channel::receive::<Ask>(self.server) {
                    Ok(Some((Ask::Create { id, network }, files))) => {
                        self.tenants.admit(id, network, files);
                    }
                    Ok(Some((Ask::KeepReady { slots }, _))) => self.tenants.keep_ready(slots),
                    Ok(None) | Err(_) => return self.end(),
                }
            }
        }
    }

    fn end(mut self) -> Result<(), Fault> {
        let emptied = self.tenants.end_all(&self.children);
        let closed = self.rules.take().map_or(Ok(()), |rules| close_outbound(&rules));
        emptied.and(closed)
    }
}

/// Waits until this instance has no other spawner.
fn lock(run_dir: &Path) -> Result<File, Fault> {
    let lock = File::create(run_dir.join("spawner.lock")).step("open the spawner's lock")?;
    for _ in 0..LOCK_TRIES {
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => thread::sleep(LOCK_PAUSE),
            other => return other.step("take the spawner's lock").map(|()| lock),
        }
    }
    Err(Fault::words("take the spawner's lock", "another server runs with the same directory"))
}

/// From here on mounts made by this process are seen by itself and its jails only.
fn leave_mounts() -> io::Result<()> {
    process::unshare(UnshareFlags::NEWNS)?;
    Ok(mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?)
}

fn open_outbound(tag: &str, setup: &Setup) -> Result<Rules, Fault> {
    if !setup.network.outbound {
        return Err(Fault::words("open the network", "switched off by the configuration"));
    }
    let forwarding = Forwarding::lock()?;
    let rules = Rules::load(tag, &setup.network)?;
    // Without forwarding the rules would be of no use, and with it but without rules jails would be open.
    if let Err(fault) = forwarding.turn_on() {
        rules.unload()?;
        return Err(fault);
    }
    Ok(rules)
}

fn close_outbound(rules: &Rules) -> Result<(), Fault> {
    let forwarding = Forwarding::lock()?;
    rules.unload()?;
    forwarding.put_back()
}
