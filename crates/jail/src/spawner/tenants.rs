//! The living jails, seen from the spawner: what each has taken, and giving it back.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

use crate::cgroup::Group;
use crate::channel;
use crate::error::{Fault, Step};
use crate::init::{self, Birth};
use crate::message::{Go, Leftover, Reply, Setup};
use crate::network::{Slot, Slots, veth};
use crate::seccomp::Filter;
use crate::spec::{JailId, JailSpec, NetworkMode};
use crate::sys::{process, signals};

const NAMESPACES: i32 = libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS;

/// How many pairs of addresses are tried before giving up on connecting a jail.
const LINK_TRIES: u32 = 1024;

/// All living jails of the instance.
#[derive(Debug)]
pub(super) struct Tenants {
    setup: Setup,
    root: PathBuf,
    filter: Filter,
    slots: Slots,
    /// By process id of their init.
    living: HashMap<Pid, Tenant>,
    /// The numbers of jails being cleaned up after, by process id of what does it.
    leaving: HashMap<Pid, Vec<Slot>>,
}

/// What one jail has taken.
#[derive(Debug)]
struct Tenant {
    id: JailId,
    /// The first is the jail's own; others are those whose addresses turned out to be in use, and were passed over.
    slots: Vec<Slot>,
    group: Box<dyn Group>,
    link: Option<String>,
    /// Closing it tells the server that the jail has gone with everything it took.
    lifetime: OwnedFd,
}

/// The ends of a jail's channels that belong to its side.
#[derive(Debug)]
struct Ends {
    control: OwnedFd,
    events: OwnedFd,
    lifetime: OwnedFd,
}

// === impl Tenants ===

impl Tenants {
    pub(super) fn new(setup: Setup, root: PathBuf, filter: Filter) -> Self {
        let slots = Slots::new(&setup.instance, &setup.network);
        Self { setup, root, filter, slots, living: HashMap::new(), leaving: HashMap::new() }
    }

    /// Makes a jail; its init, or on failure this process, answers the server.
    pub(super) fn admit(&mut self, spec: &JailSpec, files: Vec<OwnedFd>) {
        let Ok([control, events, lifetime]) = <[OwnedFd; 3]>::try_from(files) else { return };
        let Ok(answer) = control.try_clone() else { return };
        if let Err(fault) = self.make(spec, Ends { control, events, lifetime }) {
            // A server that does not listen any more has given the jail up.
            let _unheard = channel::send(&answer, &Reply::Failed(fault), &[]);
        }
    }

    fn make(&mut self, spec: &JailSpec, ends: Ends) -> Result<(), Fault> {
        if self.living.values().any(|tenant| tenant.id == spec.id) {
            return Err(Fault::words(
                "make the jail",
                format!("there is a living one called {}", spec.id),
            ));
        }
        let slot = self.slots.take()?;
        let group = match self.setup.cgroups.create(&spec.id) {
            Ok(group) => group,
            Err(error) => {
                self.slots.give_back(slot);
                return Err(error.into());
            }
        };
        let started = group.set_limits(&spec.limits).map_err(Fault::from);
        let started = started.and_then(|()| self.start_init(&ends, slot, &*group));
        let Ends { control: _, events: _, lifetime } = ends;
        let mut tenant =
            Tenant { id: spec.id.clone(), slots: vec![slot], group, link: None, lifetime };
        let (pid, go) = match started {
            Ok(started) => started,
            Err(fault) => {
                self.see_off(tenant);
                return Err(fault);
            }
        };
        let connected = match spec.network {
            NetworkMode::None => Ok(None),
            NetworkMode::Outbound => self.connect(&mut tenant, pid).map(Some),
        };
        self.living.insert(pid, tenant);
        let link = connected.inspect_err(|_| end(pid))?;
        channel::send(&go, &Go { link }, &[])
            .step("let the jail's init go on")
            .inspect_err(|_| end(pid))
    }

    fn start_init(
        &self,
        ends: &Ends,
        slot: Slot,
        group: &dyn Group,
    ) -> Result<(Pid, OwnedFd), Fault> {
        let (go, go_far) = channel::pair().step("make the go channel")?;
        let copy = |fd: &OwnedFd| fd.try_clone().step("copy a descriptor");
        let birth = Birth {
            control: copy(&ends.control)?,
            events: copy(&ends.events)?,
            go: go_far,
            doors: group.doors()?,
            root: self.root.clone(),
            hostname: &self.setup.network.hostname,
            host_id: self.slots.host_id(slot),
            filter: &self.filter,
        };
        let pid =
            process::start_child(NAMESPACES, || init::run(birth)).step("start the jail's init")?;
        Ok((pid, go))
    }

    fn connect(&mut self, tenant: &mut Tenant, pid: Pid) -> Result<(Ipv4Addr, Ipv4Addr), Fault> {
        let mut slot = tenant.slots[0];
        for _ in 0..LINK_TRIES {
            let (name, addresses) = (self.slots.interface(slot), self.slots.addresses(slot));
            match veth::connect(&name, pid.as_raw_nonzero().get(), addresses) {
                Ok(()) => {
                    tenant.link = Some(name);
                    return Ok(addresses);
                }
                // Another instance, or something else on this machine, uses these addresses.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    slot = self.slots.take()?;
                }
                Err(error) => return Err(Fault::new("connect the jail", error)),
            }
            tenant.slots.push(slot);
        }
        Err(Fault::words("connect the jail", "the addresses of its block are in use"))
    }

    /// Cleans up after every jail whose init has ended.
    pub(super) fn reap(&mut self) {
        while let Ok(Some((pid, _))) = wait(WaitOptions::NOHANG) {
            if let Some(tenant) = self.living.remove(&pid) {
                self.see_off(tenant);
            }
            let slots = self.leaving.remove(&pid).unwrap_or_default();
            self.give_back(slots);
        }
    }

    /// Cleans up after a jail in a process of its own: removing a link makes the caller wait for all processors, and
    /// new jails should not wait with it.
    fn see_off(&mut self, tenant: Tenant) {
        match process::start_child(0, || tenant.clean_up()) {
            Ok(pid) => {
                self.leaving.insert(pid, tenant.slots);
            }
            Err(_busy) => {
                tenant.clean_up();
                self.give_back(tenant.slots);
            }
        }
    }

    fn give_back(&mut self, slots: Vec<Slot>) {
        for slot in slots {
            self.slots.give_back(slot);
        }
    }

    /// Ends every jail, waits for that, and removes the instance's control groups.
    pub(super) fn end_all(&mut self, children: &OwnedFd) -> Result<(), Fault> {
        for (pid, tenant) in &self.living {
            // A frozen guest does not die, and init waits for its guests. A jail gone meanwhile has no group.
            let _gone = tenant.group.thaw();
            end(*pid);
        }
        while !(self.living.is_empty() && self.leaving.is_empty()) {
            self.reap();
            if !(self.living.is_empty() && self.leaving.is_empty()) {
                poll(&mut [PollFd::new(children, PollFlags::IN)], None)
                    .step("wait for jails to end")?;
                signals::drain(children);
            }
        }
        self.setup.cgroups.remove_base().map_err(Fault::from)
    }
}

// === impl Tenant ===

impl Tenant {
    /// Gives back all but the numbers; the result is an exit status.
    fn clean_up(&self) -> i32 {
        let link = self.link.as_deref();
        let unlinked = link.map_or(Ok(()), veth::disconnect).step("remove the jail's link");
        let removed = self.group.remove().map_err(Fault::from);
        let Err(fault) = unlinked.and(removed) else { return 0 };
        // A server that does not listen any more learns of it at its next start, which sweeps.
        let _unheard = channel::send(&self.lifetime, &Leftover(fault), &[]);
        1
    }
}

/// Ends a jail by killing its init; the kernel then kills the rest.
fn end(pid: Pid) {
    // One that has ended by itself is waiting to be reaped.
    let _ended = kill_process(pid, Signal::KILL);
}
