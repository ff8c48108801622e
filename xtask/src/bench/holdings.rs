//! What a server and its environments hold of the machine.

use std::fs;

use anyhow::Result;

use super::processes::{self, Memory, Part};
use super::words::number;

/// A reading of everything that is counted.
#[derive(Debug)]
pub(super) struct Holdings {
    memory: Memory,
    server_kib: f64,
    /// Descriptors and threads of the server, and of all of Lambkin's own processes.
    server_files: f64,
    files: f64,
    server_threads: f64,
    /// Of Lambkin's own.
    processes: f64,
    sockets: f64,
    mounts: f64,
    loop_devices: f64,
    kernel_threads: f64,
    /// What the kernel counts as no longer available: of everything, itself included.
    used_kib: f64,
    slab_kib: f64,
}

// === impl Holdings ===

impl Holdings {
    /// Reads them now.
    pub(super) fn of(server: u32) -> Result<Self> {
        let ours: Vec<_> = processes::tree(server)?
            .into_iter()
            .filter(|(_, part)| *part == Part::Ours)
            .map(|(pid, _)| pid)
            .collect();
        let files = |pid: &u32| entries(&format!("/proc/{pid}/fd"));
        let meminfo = fs::read_to_string("/proc/meminfo")?;
        let of = |key: &str| field(&meminfo, key);
        Ok(Self {
            memory: processes::memory(server)?,
            server_kib: field(&fs::read_to_string(format!("/proc/{server}/smaps_rollup"))?, "Pss:"),
            server_files: files(&server),
            files: ours.iter().map(files).sum(),
            server_threads: entries(&format!("/proc/{server}/task")),
            processes: number(ours.len()),
            sockets: field(&fs::read_to_string("/proc/net/sockstat")?, "sockets: used"),
            mounts: number(fs::read_to_string("/proc/self/mountinfo")?.lines().count()),
            loop_devices: loop_devices(),
            kernel_threads: kernel_threads(),
            used_kib: of("MemTotal:") - of("MemAvailable:"),
            slab_kib: of("Slab:"),
        })
    }

    /// Returns the memory of Lambkin's own processes.
    pub(super) fn ours_kib(&self) -> f64 {
        kib(self.memory.ours_kib)
    }

    /// Returns everything with its name.
    pub(super) fn rows(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("memory of the server alone, KiB", self.server_kib),
            ("memory of server, spawner and jails' own processes, KiB", self.ours_kib()),
            ("memory of the guests, KiB", kib(self.memory.guests_kib)),
            ("memory of the whole machine in use, kernel included, KiB", self.used_kib),
            ("of it the kernel's objects (slab), KiB", self.slab_kib),
            ("file descriptors of the server", self.server_files),
            ("file descriptors of all of Lambkin's processes", self.files),
            ("threads of the server", self.server_threads),
            ("processes of Lambkin", self.processes),
            ("processes of guests", number(self.memory.guests)),
            ("sockets outside of jails", self.sockets),
            ("mounts outside of jails", self.mounts),
            ("loop devices", self.loop_devices),
            ("kernel threads", self.kernel_threads),
        ]
    }
}

fn entries(folder: &str) -> f64 {
    fs::read_dir(folder).map_or(0.0, |entries| number(entries.count()))
}

/// Loop devices that have a file.
fn loop_devices() -> f64 {
    let Ok(devices) = fs::read_dir("/sys/block") else { return 0.0 };
    let used = devices.flatten().filter(|device| device.path().join("loop/backing_file").exists());
    number(used.count())
}

/// Children of `kthreadd`, which is always process 2.
fn kernel_threads() -> f64 {
    let Ok(processes) = fs::read_dir("/proc") else { return 0.0 };
    let stats =
        processes.flatten().filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let is_kernel_thread = |stat: &String| {
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        rest.split_whitespace().nth(1) == Some("2")
    };
    number(stats.filter(is_kernel_thread).count())
}

/// Reads the number that follows a key at the beginning of a line.
fn field(text: &str, key: &str) -> f64 {
    let rest = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    rest.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "no memory comes near 2^52 KiB")]
fn kib(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_the_number_after_its_key() {
        assert!((field("MemTotal: 12 kB\nSlab:   34 kB\n", "Slab:") - 34.0).abs() < f64::EPSILON);
        assert!((field("sockets: used 129\n", "sockets: used") - 129.0).abs() < f64::EPSILON);
    }

    #[test]
    fn this_process_holds_something() {
        let own = Holdings::of(std::process::id()).unwrap();
        assert!(own.server_kib > 0.0 && own.server_files > 0.0 && own.server_threads > 0.0);
        assert!(own.used_kib > 0.0 && own.mounts > 0.0);
    }
}
