//! Processor time that the machine's host gave to others while it was wanted here.
//!
//! A virtual machine sees it in `/proc/stat`. It comes in bursts, so measurements note it round by round.

use std::fs;

use anyhow::{Context, Result};

/// A reading of `/proc/stat`, in the kernel's ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Time that programs of this machine used.
    pub(super) busy: u64,
    /// Time that the host kept.
    pub(super) stolen: u64,
    /// All time of all processors.
    pub(super) whole: u64,
}

// === impl Reading ===

impl Reading {
    /// Reads it now.
    pub(super) fn now() -> Result<Self> {
        Self::parse(&fs::read_to_string("/proc/stat")?).context("the first line of /proc/stat")
    }

    /// Returns what has passed since.
    pub(super) fn passed(self) -> Result<Self> {
        let now = Self::now()?;
        Ok(Self {
            busy: now.busy.saturating_sub(self.busy),
            stolen: now.stolen.saturating_sub(self.stolen),
            whole: now.whole.saturating_sub(self.whole),
        })
    }

    /// Returns the stolen part of all time that has passed since, in percent.
    #[expect(clippy::cast_precision_loss, reason = "a percentage")]
    pub(super) fn stolen_percent(self) -> Result<f64> {
        let passed = self.passed()?;
        Ok(100.0 * passed.stolen as f64 / passed.whole.max(1) as f64)
    }

    /// Reads `cpu  user nice system idle iowait irq softirq steal …`.
    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let times: Vec<u64> =
            line.split_whitespace().take(8).map_while(|n| n.parse().ok()).collect();
        let whole = times.iter().sum();
        let stolen = *times.get(7)?;
        Some(Self { busy: whole - times[3] - times[4] - stolen, stolen, whole })
    }
}

#[cfg(test)]
mod tests {
    use super::Reading;

    #[test]
    fn waiting_is_not_being_busy_and_stolen_time_is_neither() {
        let stat = "cpu  10 1 5 100 20 2 3 4 50 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(Reading::parse(stat), Some(Reading { busy: 21, stolen: 4, whole: 145 }));
    }
}
