//! Version 1: a separate tree per controller.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Group;
use super::directory::{Directory, FileError, OpenFile, field};
use crate::spec::{CpuLimit, Usage};

/// Short periods keep small shares responsive: a guest with a tenth of a processor pauses for 18 ms, not for 90.
pub(super) const CPU_PERIOD_US: u64 = 20_000;
/// The kernel accepts no smaller quota.
pub(super) const CPU_QUOTA_MIN_US: u64 = 1_000;
const NANOS_PER_MICRO: u64 = 1_000;

/// The instance's group in every controller's tree; trees may be the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct V1 {
    pub(super) memory: PathBuf,
    pub(super) cpu: PathBuf,
    pub(super) cpuacct: PathBuf,
    pub(super) pids: PathBuf,
    pub(super) freezer: PathBuf,
}

/// A slot's group in every controller's tree.
#[derive(Debug)]
pub(crate) struct V1Group {
    memory: Directory,
    cpu: Directory,
    cpuacct: Directory,
    pids: Directory,
    freezer: Directory,
    /// The one file that is used on every invocation. Others are not kept open: a machine's limit on open files is a
    /// limit on its jails.
    peak: OpenFile,
}

// === impl V1 ===

impl V1 {
    pub(super) fn with_name(&self, name: &str) -> Self {
        self.map(|dir| dir.join(name))
    }

    fn map(&self, change: impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            memory: change(&self.memory),
            cpu: change(&self.cpu),
            cpuacct: change(&self.cpuacct),
            pids: change(&self.pids),
            freezer: change(&self.freezer),
        }
    }

    /// The different directories, each once.
    fn directories(&self) -> Vec<Directory> {
        let all = [&self.memory, &self.cpu, &self.cpuacct, &self.pids, &self.freezer];
        let once: BTreeSet<_> = all.into_iter().cloned().collect();
        once.into_iter().map(Directory).collect()
    }

    pub(super) fn make_base(&self) -> Result<(), FileError> {
        self.directories().iter().try_for_each(Directory::make)
    }

    pub(super) fn remove_base(&self) -> Result<(), FileError> {
        self.directories().iter().try_for_each(Directory::remove)
    }

    pub(super) fn names(&self) -> BTreeSet<String> {
        self.directories().iter().flat_map(Directory::names).collect()
    }

    pub(super) fn create(&self, name: &str) -> Result<V1Group, FileError> {
        let jail = self.with_name(name);
        jail.directories().iter().try_for_each(Directory::make_new)?;
        let group = self.open(name)?;
        group.cpu.write("cpu.cfs_period_us", &CPU_PERIOD_US)?;
        Ok(group)
    }

    /// Processes inside and memory in use.
    pub(super) fn occupancy(&self, name: &str) -> Result<(u64, u64), FileError> {
        let pids = Directory(self.pids.join(name)).read_number("pids.current")?;
        Ok((pids, Directory(self.memory.join(name)).read_number("memory.usage_in_bytes")?))
    }

    /// Removes a jail's groups, of which some may never have been made or have gone already.
    pub(super) fn remove(&self, name: &str) -> Result<(), FileError> {
        let jail = self.with_name(name);
        // Thawing needs the freezer's group; making an absent one is simpler than telling the cases apart.
        jail.make_base()?;
        self.open(name)?.remove()
    }

    pub(super) fn open(&self, name: &str) -> Result<V1Group, FileError> {
        let jail = self.with_name(name);
        let memory = Directory(jail.memory);
        Ok(V1Group {
            peak: memory.open_for_both("memory.max_usage_in_bytes")?,
            memory,
            cpu: Directory(jail.cpu),
            cpuacct: Directory(jail.cpuacct),
            pids: Directory(jail.pids),
            freezer: Directory(jail.freezer),
        })
    }
}

// === impl V1Group ===

impl V1Group {
    fn directories(&self) -> Vec<&Directory> {
        let all = [&self.memory, &self.cpu, &self.cpuacct, &self.pids, &self.freezer];
        let mut seen = BTreeSet::new();
        all.into_iter().filter(|dir| seen.insert(dir.path())).collect()
    }
}

impl Group for V1Group {
    fn set_memory(&self, bytes: u64) -> Result<(), FileError> {
        const PLAIN: &str = "memory.limit_in_bytes";
        const WITH_SWAP: &str = "memory.memsw.limit_in_bytes";
        // The limit with swap may never be below the one without: raising starts with it, lowering ends with it.
        match self.memory.write_if_present(WITH_SWAP, &bytes) {
            Err(error) if error.source.kind() == io::ErrorKind::InvalidInput => {
                self.memory.write(PLAIN, &bytes)?;
                self.memory.write_if_present(WITH_SWAP, &bytes)
            }
            other => other.and_then(|()| self.memory.write(PLAIN, &bytes)),
        }
    }

    fn set_pids(&self, pids: u32) -> Result<(), FileError> {
        self.pids.write("pids.max", &pids)
    }

    fn set_cpu(&self, cpu: CpuLimit) -> Result<(), FileError> {
        match cpu {
            CpuLimit::Unlimited => self.cpu.write("cpu.cfs_quota_us", &-1),
            CpuLimit::Millis(millis) => self.cpu.write("cpu.cfs_quota_us", &cpu_quota_us(millis)),
        }
    }

    fn freeze(&self) -> Result<(), FileError> {
        self.freezer.write("freezer.state", &"FROZEN")
    }

    fn thaw(&self) -> Result<(), FileError> {
        self.freezer.write("freezer.state", &"THAWED")
    }

    fn usage(&self) -> Result<Usage, FileError> {
        Ok(Usage {
            memory_bytes: self.memory.read_number("memory.usage_in_bytes")?,
            peak_memory_bytes: self.peak_memory_bytes()?,
            cpu_us: self.cpuacct.read_number("cpuacct.usage")? / NANOS_PER_MICRO,
            oom_kills: self.oom_kills()?,
            pids: self.pids.read_number("pids.current")?,
        })
    }

    fn peak_memory_bytes(&self) -> Result<u64, FileError> {
        self.peak.read_number()
    }

    fn oom_kills(&self) -> Result<u64, FileError> {
        Ok(field(&self.memory.read("memory.oom_control")?, "oom_kill"))
    }

    fn reset_peak(&self) -> Result<bool, FileError> {
        self.peak.write(b"0").map(|()| true)
    }

    fn doors(&self) -> Result<Vec<File>, FileError> {
        let open = |dir: &&Directory| Ok(dir.open_for_writing("cgroup.procs")?.into_file());
        self.directories().iter().map(open).collect()
    }

    fn remove(&self) -> Result<(), FileError> {
        // A frozen process does not die, so nothing would ever leave.
        self.thaw()?;
        self.directories().into_iter().try_for_each(Directory::remove)
    }
}

/// The part of a period that belongs to a share of a processor.
pub(super) fn cpu_quota_us(millis: u32) -> u64 {
    (u64::from(millis) * CPU_PERIOD_US / 1000).max(CPU_QUOTA_MIN_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_function_still_gets_a_quota_the_kernel_takes() {
        assert_eq!(cpu_quota_us(72), 1440);
        assert_eq!(cpu_quota_us(1), CPU_QUOTA_MIN_US);
        assert_eq!(cpu_quota_us(2000), 2 * CPU_PERIOD_US);
    }

    #[test]
    fn controllers_that_share_a_tree_have_one_directory() {
        let shared = PathBuf::from("/c/cpu,cpuacct");
        let v1 = V1 {
            memory: "/c/memory".into(),
            cpu: shared.clone(),
            cpuacct: shared,
            pids: "/c/pids".into(),
            freezer: "/c/freezer".into(),
        };
        assert_eq!(v1.with_name("x").directories().len(), 4);
    }
}
