//! Version 2: one tree for all controllers.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use serde::{Deserialize, Serialize};

use super::Group;
use super::directory::{Directory, FileError, OpenFile, field};
use super::v1::{CPU_PERIOD_US, cpu_quota_us};
use crate::error::Fault;
use crate::spec::{CpuLimit, Usage};

const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];
/// Where the server moves itself, because a group that has processes cannot pass controllers on.
const OWN_LEAF: &str = "lambkin-server";

/// The instance's group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct V2 {
    base: PathBuf,
}

/// A jail's group.
#[derive(Debug)]
pub(crate) struct V2Group {
    dir: Directory,
    /// Kernels before 5.19 do not keep the peak; the present use is then the best known lower bound.
    peak: OpenFile,
    /// Kernels since 6.12 start a new measurement for whoever writes to the file.
    peak_resets: bool,
}

// === impl V2 ===

impl V2 {
    /// Chooses where the instance's group is to be and gets the controllers passed down to it.
    ///
    /// That is below the server's own group; where processes of others share that group, below the root of the tree.
    pub(super) fn prepare(root: &Path, own: &Path, name: &str) -> Result<Self, Fault> {
        let parent = match pass_on_with_leaf(&Directory(own.to_owned()), process::id()) {
            Ok(()) => own,
            Err(_shared) => {
                pass_on(&Directory(root.to_owned()))?;
                root
            }
        };
        Ok(Self { base: parent.join(name) })
    }

    fn base(&self) -> Directory {
        Directory(self.base.clone())
    }

    pub(super) fn make_base(&self) -> Result<(), FileError> {
        self.base().make()?;
        pass_on(&self.base())
    }

    pub(super) fn remove_base(&self) -> Result<(), FileError> {
        self.base().remove()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.base().names()
    }

    pub(super) fn create(&self, name: &str) -> Result<V2Group, FileError> {
        Directory(self.base.join(name)).make_new()?;
        self.open(name)
    }

    /// Processes inside and memory in use, which counts as unlimited where the peak of a slot's last jail would show.
    pub(super) fn occupancy(&self, name: &str) -> Result<(u64, u64), FileError> {
        let group = self.open(name)?;
        let pids = group.dir.read_number("pids.current")?;
        let memory =
            if group.peak_resets { group.dir.read_number("memory.current")? } else { u64::MAX };
        Ok((pids, memory))
    }

    /// Removes a jail's group, which may never have been made.
    pub(super) fn remove(&self, name: &str) -> Result<(), FileError> {
        if self.base.join(name).exists() { self.open(name)?.remove() } else { Ok(()) }
    }

    pub(super) fn open(&self, name: &str) -> Result<V2Group, FileError> {
        let dir = Directory(self.base.join(name));
        let (peak, peak_resets) = match dir.open_for_both("memory.peak") {
            Ok(peak) => (peak, true),
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => {
                (dir.open_for_reading("memory.current")?, false)
            }
            Err(_not_writable) => (dir.open_for_reading("memory.peak")?, false),
        };
        Ok(V2Group { dir, peak, peak_resets })
    }
}

/// Passes the controllers on to the groups below, if that has not been done.
fn pass_on(dir: &Directory) -> Result<(), FileError> {
    let passed = dir.read("cgroup.subtree_control")?;
    let missing = |name: &&str| !passed.split_whitespace().any(|passed| passed == *name);
    let request: Vec<_> =
        CONTROLLERS.iter().filter(|name| missing(name)).map(|name| format!("+{name}")).collect();
    if request.is_empty() {
        Ok(())
    } else {
        dir.write("cgroup.subtree_control", &request.join(" "))
    }
}

/// As [`pass_on`], moving this process out of the way when it is what stands in it.
fn pass_on_with_leaf(dir: &Directory, own_pid: u32) -> Result<(), FileError> {
    match pass_on(dir) {
        Err(error) if error.source.kind() == io::ErrorKind::ResourceBusy => {
            let leaf = Directory(dir.path().join(OWN_LEAF));
            leaf.make()?;
            leaf.write("cgroup.procs", &own_pid)?;
            pass_on(dir)
        }
        other => other,
    }
}

// === impl V2Group ===

impl Group for V2Group {
    fn set_memory(&self, bytes: u64) -> Result<(), FileError> {
        self.dir.write("memory.max", &bytes)?;
        self.dir.write_if_present("memory.swap.max", &0)
    }

    fn set_pids(&self, pids: u32) -> Result<(), FileError> {
        self.dir.write("pids.max", &pids)
    }

    fn set_cpu(&self, cpu: CpuLimit) -> Result<(), FileError> {
        match cpu {
            CpuLimit::Unlimited => self.dir.write("cpu.max", &format!("max {CPU_PERIOD_US}")),
            CpuLimit::Millis(millis) => {
                self.dir.write("cpu.max", &format!("{} {CPU_PERIOD_US}", cpu_quota_us(millis)))
            }
        }
    }

    fn freeze(&self) -> Result<(), FileError> {
        self.dir.write("cgroup.freeze", &1)
    }

    fn thaw(&self) -> Result<(), FileError> {
        self.dir.write("cgroup.freeze", &0)
    }

    fn usage(&self) -> Result<Usage, FileError> {
        Ok(Usage {
            memory_bytes: self.dir.read_number("memory.current")?,
            peak_memory_bytes: self.peak_memory_bytes()?,
            cpu_us: field(&self.dir.read("cpu.stat")?, "usage_usec"),
            oom_kills: self.oom_kills()?,
            pids: self.dir.read_number("pids.current")?,
        })
    }

    fn peak_memory_bytes(&self) -> Result<u64, FileError> {
        self.peak.read_number()
    }

    fn oom_kills(&self) -> Result<u64, FileError> {
        Ok(field(&self.dir.read("memory.events")?, "oom_kill"))
    }

    fn reset_peak(&self) -> Result<bool, FileError> {
        if self.peak_resets {
            self.peak.write(b"reset")?;
        }
        Ok(self.peak_resets)
    }

    fn doors(&self) -> Result<Vec<File>, FileError> {
        Ok(vec![self.dir.open_for_writing("cgroup.procs")?.into_file()])
    }

    fn remove(&self) -> Result<(), FileError> {
        self.thaw()?;
        // Kernels before 5.14 lack this; removal then kills one by one.
        self.dir.write_if_present("cgroup.kill", &1)?;
        self.dir.remove()
    }
}

#[cfg(test)]
mod tests;
