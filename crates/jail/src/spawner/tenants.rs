//! The slots of the instance and the jails in them: which slot a jail gets, when slots are made and given up, and giving
//! back what they took.

use std::collections::{HashMap, HashSet, VecDeque};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, WaitOptions, wait};

use super::place::{Applicant, Place, State, Tenant};
use crate::channel;
use crate::error::{Fault, Step};
use crate::init::{self, Birth};
use crate::message::{Leftover, News, Reply, Report, Setup};
use crate::network::{Slot, Slots, veth};
use crate::seccomp::Filter;
use crate::spec::{JailId, NetworkMode};
use crate::sys::{fds, process, signals};

/// The network namespace is missing: making it takes longest, so each init makes its own.
const NAMESPACES: i32 =
    libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
/// How many slots are made at the same time; more would only wait for each other in the kernel.
const MAKING_AT_ONCE: usize = 4;
/// How many slots are given up at the same time, since new jails should not wait for that.
const LEAVING_AT_ONCE: usize = 2;
/// How many pairs of addresses in a row are tried before giving up on connecting a slot.
const LINK_TRIES: u32 = 1024;

/// All slots and jails of the instance.
#[derive(Debug)]
pub(super) struct Tenants {
    setup: Setup,
    root: PathBuf,
    filter: Filter,
    numbers: Slots,
    /// The network that slots made ahead of demand have.
    usual: NetworkMode,
    /// Where inits report: the spawner's end, and the one all of them share.
    reports: (OwnedFd, OwnedFd),
    places: HashMap<Slot, Place>,
    by_init: HashMap<Pid, Slot>,
    /// Those that nobody can have yet. All together may be thousands, which are not looked through for every jail.
    making: HashMap<Slot, NetworkMode>,
    /// The one that has been vacant for longest is let first.
    vacant: VecDeque<Slot>,
    waiting: VecDeque<Applicant>,
    living: HashSet<JailId>,
    /// Slots being cleaned up after, by process id of what does it.
    leaving: HashMap<Pid, Slot>,
    /// How many slots in a row had addresses that something else uses.
    in_use: u32,
    /// Making ahead rests after a failure until somebody asks for a jail again.
    resting: bool,
}

// === impl Tenants ===

impl Tenants {
    pub(super) fn new(setup: Setup, root: PathBuf, outbound: bool) -> Result<Self, Fault> {
        Ok(Self {
            numbers: Slots::new(&setup.instance, &setup.network),
            setup,
            root,
            filter: Filter::new(),
            usual: if outbound { NetworkMode::Outbound } else { NetworkMode::None },
            reports: channel::pair().step("make the channel for reports")?,
            places: HashMap::new(),
            by_init: HashMap::new(),
            making: HashMap::new(),
            vacant: VecDeque::new(),
            waiting: VecDeque::new(),
            living: HashSet::new(),
            leaving: HashMap::new(),
            in_use: 0,
            resting: false,
        })
    }

    /// Where inits report.
    pub(super) fn reports(&self) -> &OwnedFd {
        &self.reports.0
    }

    /// Takes in a jail; its slot's init, or on failure this process, answers the server.
    pub(super) fn admit(&mut self, id: JailId, network: NetworkMode, files: Vec<OwnedFd>) {
        let Ok([control, events, lifetime]) = <[OwnedFd; 3]>::try_from(files) else { return };
        let applicant = Applicant { id, network, control, events, lifetime };
        if !self.living.insert(applicant.id.clone()) {
            let reason = format!("there is a living one called {}", applicant.id);
            return turn_away(&applicant, Fault::words("make the jail", reason));
        }
        self.resting = false;
        self.waiting.push_back(applicant);
    }

    /// Changes how many slots are made ahead of demand.
    pub(super) fn keep_ready(&mut self, slots: usize) {
        self.setup.slots.ready = slots;
        self.setup.slots.kept = self.setup.slots.kept.max(slots);
        self.resting = false;
    }

    /// Takes note of everything inits have reported.
    pub(super) fn hear(&mut self) {
        while let Ok(Some((Report { slot, news }, _))) = channel::try_receive(&self.reports.0) {
            self.note(slot, news);
        }
    }

    fn note(&mut self, slot: Slot, news: News) {
        let Some(place) = self.places.get_mut(&slot) else { return };
        match (news, &place.state) {
            (News::Vacant, State::Making) => {
                self.in_use = 0;
                self.offer(slot);
            }
            (News::Vacant, _) => {
                // What cannot be looked at is as good as not vacant.
                let vacant = self.setup.cgroups.is_vacant(&Slots::group(slot)).unwrap_or(false);
                if vacant { self.offer(slot) } else { place.end() }
            }
            (News::Ended, _) => {
                let State::Let(tenant) = std::mem::replace(&mut place.state, State::Clearing)
                else {
                    return;
                };
                self.living.remove(&tenant.id);
            }
            (News::AddressInUse, State::Making) if self.in_use < LINK_TRIES => {
                self.in_use += 1;
                place.state = State::Unmakeable(None);
            }
            (News::AddressInUse, _) => {
                let reason = "the addresses of its block are in use";
                place.state = State::Unmakeable(Some(Fault::words("connect the slot", reason)));
            }
            (News::Failed(fault), State::Making) => place.state = State::Unmakeable(Some(fault)),
            // It ends, and whatever is left goes with it.
            (News::Failed(_), _) => {}
        }
    }

    fn offer(&mut self, slot: Slot) {
        self.making.remove(&slot);
        if let Some(place) = self.places.get_mut(&slot) {
            place.state = State::Vacant;
            self.vacant.push_back(slot);
        }
    }

    /// Lets slots to those who wait, has new ones made, and gives up those too many.
    pub(super) fn settle(&mut self) {
        self.let_vacant();
        let mut wanted = self.wanted();
        while let Some(network) = wanted.pop()
            && self.making.len() < MAKING_AT_ONCE
        {
            if let Err(fault) = self.make(network) {
                self.disappoint(network, fault);
                return;
            }
        }
        while self.vacant.len() > self.setup.slots.kept && self.leaving.len() < LEAVING_AT_ONCE {
            if let Some(slot) = self.vacant.pop_front() {
                self.end_now(slot);
            }
        }
    }

    fn let_vacant(&mut self) {
        for applicant in std::mem::take(&mut self.waiting) {
            let fits = |slot: &Slot| self.places[slot].network == applicant.network;
            let Some(position) = self.vacant.iter().position(fits) else {
                self.waiting.push_back(applicant);
                continue;
            };
            let slot = self.vacant.remove(position);
            let Some(place) = slot.and_then(|slot| self.places.get_mut(&slot)) else { continue };
            if let Err(failed) = place.let_to(applicant) {
                // Its init has ended, which is about to be noticed.
                place.state = State::Clearing;
                self.waiting.push_back(failed.1);
            }
        }
    }

    /// The networks of slots that should be made now; the last is wanted most.
    fn wanted(&self) -> Vec<NetworkMode> {
        let mut wanted = Vec::new();
        for network in [NetworkMode::None, NetworkMode::Outbound] {
            let coming = self.making.values().filter(|coming| **coming == network).count();
            let waiting = self.waiting.iter().filter(|a| a.network == network).count();
            let ready = if network == self.usual && !self.resting {
                self.setup.slots.ready.saturating_sub(self.vacant.len())
            } else {
                0
            };
            let missing = (waiting + ready).saturating_sub(coming);
            wanted.extend(std::iter::repeat_n(network, missing.min(MAKING_AT_ONCE)));
        }
        wanted
    }

    fn make(&mut self, network: NetworkMode) -> Result<(), Fault> {
        let slot = self.numbers.take()?;
        let made = self.start_init(slot, network);
        match made {
            Ok((init, orders)) => {
                self.by_init.insert(init, slot);
                self.making.insert(slot, network);
                let place = Place { init, network, state: State::Making, orders };
                self.places.insert(slot, place);
                Ok(())
            }
            Err(fault) => {
                self.numbers.give_back(slot);
                Err(fault)
            }
        }
    }

    fn start_init(&self, slot: Slot, network: NetworkMode) -> Result<(Pid, OwnedFd), Fault> {
        let (orders, orders_far) = channel::pair().step("make the channel for orders")?;
        let link = (network == NetworkMode::Outbound).then(|| self.numbers.link(slot));
        let birth = Birth {
            slot,
            orders: orders_far,
            reports: self.reports.1.try_clone().step("copy a descriptor")?,
            setup: &self.setup,
            link,
            root: &self.root,
            host_id: self.numbers.host_id(slot),
            filter: &self.filter,
        };
        let init =
            process::start_child(NAMESPACES, || init::run(&birth)).step("start the slot's init")?;
        Ok((init, orders))
    }

    /// Tells the first who waits for such a slot that there will be none.
    fn disappoint(&mut self, network: NetworkMode, fault: Fault) {
        self.resting = true;
        let position = self.waiting.iter().position(|applicant| applicant.network == network);
        if let Some(applicant) = position.and_then(|position| self.waiting.remove(position)) {
            self.living.remove(&applicant.id);
            turn_away(&applicant, fault);
        }
    }

    fn end_now(&mut self, slot: Slot) {
        if let Some(place) = self.places.get_mut(&slot) {
            place.state = State::Clearing;
            place.end();
        }
    }

    /// Cleans up after every slot whose init has ended.
    pub(super) fn reap(&mut self) {
        while let Ok(Some((pid, _))) = wait(WaitOptions::NOHANG) {
            if let Some((slot, place)) = self.remove(pid) {
                let tenant = self.take_leave(slot, place);
                self.see_off(slot, tenant);
            }
            if let Some(slot) = self.leaving.remove(&pid) {
                self.numbers.give_back(slot);
            }
        }
    }

    fn remove(&mut self, init: Pid) -> Option<(Slot, Place)> {
        let slot = self.by_init.remove(&init)?;
        self.making.remove(&slot);
        self.vacant.retain(|vacant| *vacant != slot);
        Some((slot, self.places.remove(&slot)?))
    }

    fn take_leave(&mut self, slot: Slot, place: Place) -> Option<Tenant> {
        match place.state {
            State::Let(tenant) => {
                self.living.remove(&tenant.id);
                return Some(tenant);
            }
            State::Unmakeable(Some(fault)) => self.disappoint(place.network, fault),
            State::Making => {
                let reason = format!("init of slot {} has ended", Slots::group(slot));
                self.disappoint(place.network, Fault::words("make a slot", reason));
            }
            State::Unmakeable(None) | State::Vacant | State::Clearing => {}
        }
        None
    }

    /// Cleans up after a slot in a process of its own: removing a link makes the caller wait for all processors, and
    /// jails should not wait with it.
    fn see_off(&mut self, slot: Slot, tenant: Option<Tenant>) {
        let lifetime = tenant.map(|tenant| tenant.lifetime);
        let clean_up = || {
            // This copy of the spawner keeps others from seeing their peers' ends.
            let own: Vec<_> = lifetime.iter().map(AsRawFd::as_raw_fd).collect();
            let closed = fds::close_all_except(&own).step("close copied descriptors");
            let cleaned = closed.and_then(|()| self.clean_up(slot));
            i32::from(cleaned.inspect_err(|fault| confess(lifetime.as_ref(), fault)).is_err())
        };
        match process::start_child(0, clean_up) {
            Ok(pid) => {
                self.leaving.insert(pid, slot);
            }
            Err(_busy) => {
                let cleaned = self.clean_up(slot);
                let _told = cleaned.inspect_err(|fault| confess(lifetime.as_ref(), fault));
                self.numbers.give_back(slot);
            }
        }
    }

    /// Gives back all that a slot took but its number.
    fn clean_up(&self, slot: Slot) -> Result<(), Fault> {
        let unlinked =
            veth::disconnect(&self.numbers.link(slot).name).step("remove the slot's link");
        let removed = self.setup.cgroups.remove(&Slots::group(slot)).map_err(Fault::from);
        unlinked.and(removed)
    }

    /// Ends every jail, waits for that, and removes everything the instance took.
    pub(super) fn end_all(&mut self, children: &OwnedFd) -> Result<(), Fault> {
        self.waiting.clear();
        for (slot, place) in &self.places {
            if matches!(place.state, State::Let(_)) {
                // A frozen guest does not die, and init waits for its guests. A slot given up meanwhile has no group.
                let _gone = self.setup.cgroups.release(&Slots::group(*slot));
            }
            place.end();
        }
        let mut left = Vec::new();
        while !(self.places.is_empty() && self.leaving.is_empty()) {
            while let Ok(Some((pid, _))) = wait(WaitOptions::NOHANG) {
                left.extend(self.remove(pid));
                self.leaving.remove(&pid);
            }
            if !(self.places.is_empty() && self.leaving.is_empty()) {
                poll(&mut [PollFd::new(children, PollFlags::IN)], None)
                    .step("wait for jails to end")?;
                signals::drain(children);
            }
        }
        let unlinked = veth::disconnect_all(self.numbers.links()).step("remove all links");
        let groups = left.iter().map(|(slot, _)| self.setup.cgroups.remove(&Slots::group(*slot)));
        let removed = groups.fold(Ok(()), Result::and).map_err(Fault::from);
        let base_removed = self.setup.cgroups.remove_base().map_err(Fault::from);
        unlinked.and(removed).and(base_removed)
    }
}

fn turn_away(applicant: &Applicant, fault: Fault) {
    // A server that does not listen any more has given the jail up.
    let _unheard = channel::send(applicant.control.as_fd(), &Reply::Failed(fault), &[]);
}

/// Tells the server what could not be given back, if a jail's handle still waits to hear it.
fn confess(lifetime: Option<&OwnedFd>, fault: &Fault) {
    if let Some(lifetime) = lifetime {
        // A server that does not listen any more learns of it at its next start, which sweeps.
        let _unheard = channel::send(lifetime, &Leftover(fault.clone()), &[]);
    }
}
