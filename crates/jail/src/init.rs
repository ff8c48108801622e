//! The first process of a slot: makes the slot, then serves one jail after another in it.
//!
//! It is root on the host, starts guests from inside the slot's control groups, and cannot be seen, signalled or, for
//! lack of memory, killed by them. When the server lets go of a jail's control socket, it ends everything that runs or is
//! shown in the jail, and offers the slot to the spawner again once nothing of the jail is left in it. When it exits
//! itself, the kernel ends every process of the slot.

pub(crate) use self::guest::FILE_NUMBERS_END;

mod clear;
mod confine;
mod guest;
mod launch;
mod place;
mod serve;

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::UnshareFlags;

use self::clear::Remains;
use self::serve::Tenancy;
use crate::channel;
use crate::error::{Fault, Step};
use crate::message::{News, Report, Serve, Setup};
use crate::network::{Link, Slot, Slots, inside};
use crate::seccomp::Filter;
use crate::sys::{fds, process, signals};

/// The kernel kills this process last when memory is short, in the slot or on the machine.
const KILLED_LAST: &str = "-1000";
/// Written with the same privilege, so that guests cannot lower it.
const KILLED_LIKE_OTHERS: &str = "0";
/// Where that privilege is missing, guests can only be made to be killed before this process.
const KILLED_FIRST: &str = "500";

/// What the spawner hands to a new slot's init.
#[derive(Debug)]
pub(crate) struct Birth<'a> {
    pub(crate) slot: Slot,
    /// Where the spawner's wishes come from.
    pub(crate) orders: OwnedFd,
    /// Where the spawner is told what becomes of the slot.
    pub(crate) reports: OwnedFd,
    pub(crate) setup: &'a Setup,
    pub(crate) link: Option<Link>,
    pub(crate) root: &'a Path,
    /// User and group id on the host that this slot's guests have.
    pub(crate) host_id: u32,
    pub(crate) filter: &'a Filter,
}

/// A slot's init at work.
#[derive(Debug)]
struct Init<'a> {
    birth: &'a Birth<'a>,
    children: OwnedFd,
    remains: Remains,
    /// How early guests are killed when memory is short.
    guests_killed: &'static str,
}

/// Runs a slot's init; the result is its exit status.
pub(crate) fn run(birth: &Birth<'_>) -> i32 {
    // Until the copied descriptors are closed, this process keeps others from seeing their peers' ends.
    if birth.keep_only_own_files().is_err() {
        return 1;
    }
    let life = Init::prepare(birth).and_then(|init| init.live().map_err(News::Failed));
    let Err(news) = life else { return 0 };
    // The spawner learns of the end in any case.
    let _unheard = birth.report(news);
    1
}

// === impl Init ===

impl<'a> Init<'a> {
    fn prepare(birth: &'a Birth<'a>) -> Result<Self, News> {
        let network = birth.prepare_process().map_err(News::Failed)?;
        let protected = fs::write("/proc/self/oom_score_adj", KILLED_LAST).is_ok();
        let guests_killed = if protected { KILLED_LIKE_OTHERS } else { KILLED_FIRST };
        let doors = birth.open_groups().map_err(News::Failed)?;
        process::unshare(UnshareFlags::NEWNET)
            .step("make a network namespace")
            .map_err(News::Failed)?;
        place::enter_root(birth.root).map_err(News::Failed)?;
        inside::quieten();
        let children = signals::watch_children().step("watch children").map_err(News::Failed)?;
        match inside::configure(&network, birth.link.as_ref()) {
            Err(fault) if fault.errno == Some(libc::EEXIST) => return Err(News::AddressInUse),
            other => other.map_err(News::Failed)?,
        }
        let remains = Remains::watch(birth.link.is_some()).map_err(News::Failed)?;
        place::hide_kernel().map_err(News::Failed)?;
        // Last, so that none of the above counts as memory of the slot's jails.
        enter_groups(doors).map_err(News::Failed)?;
        Ok(Self { birth, children, remains, guests_killed })
    }

    /// Serves jails until the spawner ends, or something is left of one.
    fn live(self) -> Result<(), Fault> {
        loop {
            self.birth.report(News::Vacant)?;
            let order = channel::receive::<Serve>(&self.birth.orders).step("wait for a jail")?;
            let Some((Serve {}, files)) = order else { return Ok(()) };
            let Ok([control, events]) = <[OwnedFd; 2]>::try_from(files) else {
                return Err(Fault::words("wait for a jail", "unexpected order"));
            };
            Tenancy::begin(&self, control, events)?.run()?;
            self.keep_own_files().step("let go of the jail's files")?;
            self.birth.report(News::Ended)?;
            self.remains.clear()?;
        }
    }

    fn keep_own_files(&self) -> io::Result<()> {
        let own = [&self.birth.orders, &self.birth.reports, &self.children];
        let own = own.into_iter().map(AsRawFd::as_raw_fd).chain(self.remains.files());
        fds::close_all_except(&own.collect::<Vec<_>>())
    }
}

fn enter_groups(doors: Vec<File>) -> Result<(), Fault> {
    for door in doors {
        // Zero is whoever writes it.
        io::Write::write_all(&mut &door, b"0").step("enter the control groups")?;
    }
    Ok(())
}

// === impl Birth ===

impl Birth<'_> {
    /// Lets go of everything copied from the spawner, such as jails' sockets.
    fn keep_only_own_files(&self) -> io::Result<()> {
        let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        fds::place(&null, 0)?;
        fds::place(&null, 1)?;
        drop(null);
        fds::close_all_except(&[self.orders.as_raw_fd(), self.reports.as_raw_fd()])
    }

    /// Gives this process the state that guests are to inherit, and returns its connection to the host's network.
    fn prepare_process(&self) -> Result<inside::Host, Fault> {
        // If the spawner is gone already, waiting for its orders finds out.
        set_parent_process_death_signal(Some(Signal::KILL)).step("tie init to the spawner")?;
        rustix::thread::set_name(c"lambkin-init").step("name init")?;
        rustix::thread::set_thread_groups(&[]).step("leave all groups of users")?;
        signals::reset().step("reset signals")?;
        let hostname = self.setup.network.hostname.as_bytes();
        rustix::system::sethostname(hostname).step("set the host name")?;
        inside::Host::reach().step("open a routing socket")
    }

    fn report(&self, news: News) -> Result<(), Fault> {
        let report = Report { slot: self.slot, news };
        channel::send(&self.reports, &report, &[]).step("report to the spawner")
    }

    fn open_groups(&self) -> Result<Vec<File>, Fault> {
        let group = self.setup.cgroups.create(&Slots::group(self.slot))?;
        Ok(group.doors()?)
    }
}
