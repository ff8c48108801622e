//! Control groups: what the guests of a jail may use, freezing them, and counting what they used.
//!
//! Version 2 is the primary target; version 1 is used where its controllers hold the machine's resources. Both live
//! below the group the server itself runs in, so limits set on the server from outside hold for its jails as well.

mod directory;
mod lease;
mod mounts;
mod v1;
mod v2;

use std::fmt::Debug;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub(crate) use self::directory::FileError;
pub(crate) use self::lease::Lease;
use self::v1::V1;
use self::v2::V2;
use crate::error::{Fault, Step};
use crate::spec::{CpuLimit, InstanceId, Usage};

/// Files that a jail was first to read may stay in the machine's cache and count as its slot's memory until they are
/// dropped; a slot with more than this is given up, since dropping them would make the next start read them again.
const RESIDUE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The groups of one slot, which hold its init and the guests of its present jail.
pub(crate) trait Group: Debug + Send + Sync {
    /// Limits memory. Going below what is used makes the kernel reclaim, and fails when that is not enough.
    fn set_memory(&self, bytes: u64) -> Result<(), FileError>;
    /// Limits processes and threads.
    fn set_pids(&self, pids: u32) -> Result<(), FileError>;
    /// Limits processor time.
    fn set_cpu(&self, cpu: CpuLimit) -> Result<(), FileError>;
    /// Stops every process; those started while frozen stop too.
    fn freeze(&self) -> Result<(), FileError>;
    /// Lets the processes go on; does nothing when they are not frozen.
    fn thaw(&self) -> Result<(), FileError>;
    /// Reads the counters.
    fn usage(&self) -> Result<Usage, FileError>;
    /// Reads only the highest memory use: one system call, made after every invocation.
    fn peak_memory_bytes(&self) -> Result<u64, FileError>;
    /// Reads only the number of processes killed for lack of memory.
    fn oom_kills(&self) -> Result<u64, FileError>;
    /// Starts a new measurement of the highest memory use; `false` where the kernel cannot.
    fn reset_peak(&self) -> Result<bool, FileError>;
    /// Opens the files through which a process moves itself in by writing a zero to each.
    fn doors(&self) -> Result<Vec<File>, FileError>;
    /// Kills what is left inside and removes the groups; absent ones are fine.
    fn remove(&self) -> Result<(), FileError>;
}

/// Where the groups of an instance are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Hierarchy {
    V1(V1),
    V2(V2),
}

// === impl Hierarchy ===

impl Hierarchy {
    /// Finds the controllers of this machine, and says where the instance's own groups are to be.
    pub(crate) fn find(instance: &InstanceId) -> Result<Self, Fault> {
        let mountinfo = fs::read_to_string("/proc/self/mountinfo").step("read the mount table")?;
        let own = fs::read_to_string("/proc/self/cgroup").step("read the own control group")?;
        let name = format!("lambkin-{instance}");
        let found = mounts::find(&mountinfo, &own);
        match (found.v2_with_controllers(), found.v1()) {
            (Some((root, own)), _) => Ok(Self::V2(V2::prepare(&root, &own, &name)?)),
            (None, Some(v1)) => Ok(Self::V1(v1.with_name(&name))),
            (None, None) => Err(found.missing()),
        }
    }

    /// Removes what earlier runs have left, here or at the place noted in `record`, and makes the instance's groups.
    ///
    /// Only for whoever has made sure that no such run is still alive.
    pub(crate) fn take_over(&self, record: &Path) -> Result<(), Fault> {
        sweep_recorded(record)?;
        self.sweep()?;
        self.make_base()?;
        let text = serde_json::to_vec(self).map_err(io::Error::from);
        text.and_then(|text| fs::write(record, text)).step("write the record of control groups")
    }

    fn make_base(&self) -> Result<(), FileError> {
        match self {
            Self::V1(v1) => v1.make_base(),
            Self::V2(v2) => v2.make_base(),
        }
    }

    /// Makes the groups of a slot. Whoever calls has made sure that no living slot has this name.
    pub(crate) fn create(&self, name: &str) -> Result<Box<dyn Group>, FileError> {
        let made = self.make(name);
        if made.is_err() {
            // Some of them may have been made, or an earlier slot's clean-up may have failed.
            self.remove(name)?;
        }
        made
    }

    fn make(&self, name: &str) -> Result<Box<dyn Group>, FileError> {
        Ok(match self {
            Self::V1(v1) => Box::new(v1.create(name)?),
            Self::V2(v2) => Box::new(v2.create(name)?),
        })
    }

    /// Removes the groups of a slot, killing what is inside; absent ones are fine.
    pub(crate) fn remove(&self, name: &str) -> Result<(), FileError> {
        match self {
            Self::V1(v1) => v1.remove(name),
            Self::V2(v2) => v2.remove(name),
        }
    }

    /// Refers to the groups of a slot made by another process.
    pub(crate) fn open(&self, name: &str) -> Result<Box<dyn Group>, FileError> {
        Ok(match self {
            Self::V1(v1) => Box::new(v1.open(name)?),
            Self::V2(v2) => Box::new(v2.open(name)?),
        })
    }

    /// Lets a slot whose jail may be frozen or slowed down come to its end.
    pub(crate) fn release(&self, name: &str) -> Result<(), FileError> {
        let group = self.open(name)?;
        group.thaw()?;
        group.set_cpu(CpuLimit::Unlimited)
    }

    /// Whether nothing of a slot's last jail counts against its next one: only the slot's own process is inside, what
    /// the kernel still keeps in memory is little, and counters that cannot be set back are not needed.
    pub(crate) fn is_vacant(&self, name: &str) -> Result<bool, FileError> {
        let (pids, memory_bytes) = match self {
            Self::V1(v1) => v1.occupancy(name)?,
            Self::V2(v2) => v2.occupancy(name)?,
        };
        Ok(pids == 1 && memory_bytes <= RESIDUE_MAX_BYTES)
    }

    /// Removes the groups of all slots of the instance, killing what is inside.
    fn sweep(&self) -> Result<(), FileError> {
        let names: Vec<_> = match self {
            Self::V1(v1) => v1.names().into_iter().collect(),
            Self::V2(v2) => v2.names(),
        };
        names.iter().try_for_each(|name| self.remove(name))
    }

    /// Removes the instance's own groups after all jails have gone.
    pub(crate) fn remove_base(&self) -> Result<(), FileError> {
        match self {
            Self::V1(v1) => v1.remove_base(),
            Self::V2(v2) => v2.remove_base(),
        }
    }
}

/// Removes what a run that ended without cleaning up had recorded; this run may find itself in another place.
fn sweep_recorded(record: &Path) -> Result<(), Fault> {
    let text = match fs::read(record) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.step("read the record of control groups")?,
    };
    // A record cut short by a crash names nothing; the groups at today's place are swept in any case.
    let Ok(earlier) = serde_json::from_slice::<Hierarchy>(&text) else { return Ok(()) };
    earlier.sweep()?;
    Ok(earlier.remove_base()?)
}

/// Says in one line which control groups this machine offers.
pub(crate) fn describe() -> Result<String, Fault> {
    let mountinfo = fs::read_to_string("/proc/self/mountinfo").step("read the mount table")?;
    let own = fs::read_to_string("/proc/self/cgroup").step("read the own control group")?;
    let found = mounts::find(&mountinfo, &own);
    match (found.v2_with_controllers(), found.v1()) {
        (Some((root, _)), _) => Ok(format!("version 2 at {}", root.display())),
        (None, Some(_)) => Ok("version 1 with memory, cpu, cpuacct, pids and freezer".to_owned()),
        (None, None) => Err(found.missing()),
    }
}
