//! What the figures were measured on.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::process::{command, quiet};

/// How long the processors are watched while this program does nothing.
const WATCH: Duration = Duration::from_secs(1);

/// The machine and the state of the checkout.
#[derive(Debug)]
pub(super) struct Machine {
    /// The day, as `2025-11-25`.
    pub(super) date: String,
    /// The commit that was measured.
    pub(super) commit: String,
    /// Whether something differed from that commit.
    pub(super) changed: bool,
    cpu: String,
    cores: usize,
    memory_gib: u64,
    kernel: String,
    /// What others keep busy of the processors, in percent, before anything is measured.
    others_before: u64,
}

// === impl Machine ===

impl Machine {
    /// Looks around.
    pub(super) fn describe(checkout: &Checkout) -> Result<Self> {
        let git =
            |arguments: &[&str]| quiet(command("git").current_dir(&checkout.root).args(arguments));
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        let memory = fs::read_to_string("/proc/meminfo")?;
        let total_kib = memory.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
        Ok(Self {
            date: quiet(command("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned(),
            commit: git(&["rev-parse", "--short", "HEAD"])?.trim().to_owned(),
            changed: !git(&["status", "--porcelain", "--untracked-files=no"])?.trim().is_empty(),
            cpu: field(&processors, "model name").unwrap_or("unknown").to_owned(),
            cores: processors.lines().filter(|line| line.starts_with("processor")).count(),
            memory_gib: total_kib.unwrap_or_default().div_ceil(1024 * 1024),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            others_before: others()?,
        })
    }

    /// Returns one paragraph about it; call it when everything that was measured has ended.
    pub(super) fn paragraph(&self) -> Result<String> {
        Ok(format!(
            "{}, {} cores, {} GiB, Linux {}. Other programs kept {} % of the processors busy before the run and {} % \
             after it: the more, the less the figures say. Commit {}{}.",
            self.cpu,
            self.cores,
            self.memory_gib,
            self.kernel,
            self.others_before,
            others()?,
            self.commit,
            if self.changed { " with changes on top" } else { "" },
        ))
    }
}

fn others() -> Result<u64> {
    let before = processor_time()?;
    thread::sleep(WATCH);
    let after = processor_time()?;
    Ok((after.0 - before.0) * 100 / (after.1 - before.1).max(1))
}

/// Returns the busy and the whole time of all processors since the machine started.
fn processor_time() -> Result<(u64, u64)> {
    let stat = fs::read_to_string("/proc/stat")?;
    busy_and_whole(&stat).context("the first line of /proc/stat")
}

/// Reads `cpu  user nice system idle iowait irq softirq steal …`.
fn busy_and_whole(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let times: Vec<u64> = line.split_whitespace().take(8).map_while(|n| n.parse().ok()).collect();
    let whole = times.iter().sum();
    Some((whole - times.get(3)? - times.get(4)?, whole))
}

fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::busy_and_whole;

    #[test]
    fn waiting_is_not_being_busy() {
        let stat = "cpu  10 1 5 100 20 2 3 4 50 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(busy_and_whole(stat), Some((25, 145)));
    }
}
