//! What the figures were measured on.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::steal::Reading;
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
    let before = Reading::now()?;
    thread::sleep(WATCH);
    let passed = before.passed()?;
    Ok((passed.busy + passed.stolen) * 100 / passed.whole.max(1))
}

fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim())
}
