//! One jail's view of its slot's groups: what others did in the slot before does not show.

use parking_lot::Mutex;

use super::{FileError, Group};
use crate::spec::{CpuLimit, Limits, Usage};

/// The groups of a slot for the time that a jail has them.
#[derive(Debug)]
pub(crate) struct Lease {
    group: Box<dyn Group>,
    /// What the counters said at the beginning.
    before: Usage,
    /// The limits written last, to write only what changes.
    limits: Mutex<Option<Limits>>,
}

// === impl Lease ===

impl Lease {
    pub(crate) fn begin(group: Box<dyn Group>) -> Result<Self, FileError> {
        group.reset_peak()?;
        let before = group.usage()?;
        Ok(Self { group, before, limits: Mutex::new(None) })
    }

    pub(crate) fn set_limits(&self, limits: &Limits) -> Result<(), FileError> {
        let mut written = self.limits.lock();
        // A write that fails leaves open what holds now.
        let old = written.take();
        if old.is_none_or(|old| old.memory_bytes != limits.memory_bytes) {
            // What the slot held before is not the jail's to pay for.
            self.group.set_memory(limits.memory_bytes.saturating_add(self.before.memory_bytes))?;
        }
        if old.is_none_or(|old| old.pids != limits.pids) {
            self.group.set_pids(limits.pids)?;
        }
        if old.is_none_or(|old| old.cpu != limits.cpu) {
            self.group.set_cpu(limits.cpu)?;
        }
        *written = Some(*limits);
        Ok(())
    }

    /// Lets everything go on at full speed while `act` ends guests: what is frozen cannot die, and what is slowed down
    /// dies slowly.
    pub(crate) fn while_released<T>(&self, act: impl FnOnce() -> T) -> Result<T, FileError> {
        let limits = self.limits.lock();
        let slowed =
            limits.as_ref().map(|limits| limits.cpu).filter(|cpu| *cpu != CpuLimit::Unlimited);
        self.group.thaw()?;
        if slowed.is_some() {
            self.group.set_cpu(CpuLimit::Unlimited)?;
        }
        let done = act();
        slowed.map_or(Ok(()), |cpu| self.group.set_cpu(cpu))?;
        Ok(done)
    }

    /// As [`Self::while_released`], for good.
    pub(crate) fn release(&self) -> Result<(), FileError> {
        self.group.thaw()?;
        match self.limits.lock().take() {
            Some(Limits { cpu: CpuLimit::Unlimited, .. }) => Ok(()),
            _ => self.group.set_cpu(CpuLimit::Unlimited),
        }
    }

    pub(crate) fn freeze(&self) -> Result<(), FileError> {
        self.group.freeze()
    }

    pub(crate) fn thaw(&self) -> Result<(), FileError> {
        self.group.thaw()
    }

    pub(crate) fn reset_peak(&self) -> Result<(), FileError> {
        self.group.reset_peak().map(|_| ())
    }

    pub(crate) fn usage(&self) -> Result<Usage, FileError> {
        let now = self.group.usage()?;
        Ok(Usage {
            memory_bytes: now.memory_bytes.saturating_sub(self.before.memory_bytes),
            peak_memory_bytes: now.peak_memory_bytes.saturating_sub(self.before.memory_bytes),
            cpu_us: now.cpu_us.saturating_sub(self.before.cpu_us),
            oom_kills: now.oom_kills.saturating_sub(self.before.oom_kills),
            pids: now.pids,
        })
    }

    pub(crate) fn peak_memory_bytes(&self) -> Result<u64, FileError> {
        Ok(self.group.peak_memory_bytes()?.saturating_sub(self.before.memory_bytes))
    }

    pub(crate) fn oom_kills(&self) -> Result<u64, FileError> {
        Ok(self.group.oom_kills()?.saturating_sub(self.before.oom_kills))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use super::*;

    /// Counts grow with every reading, and every write is noted.
    #[derive(Debug, Default)]
    struct Noting {
        readings: Mutex<u64>,
        writes: Mutex<Vec<String>>,
    }

    impl Noting {
        fn note(&self, text: impl Into<String>) {
            self.writes.lock().push(text.into());
        }

        fn taken(&self) -> Vec<String> {
            std::mem::take(&mut self.writes.lock())
        }
    }

    impl Group for Arc<Noting> {
        fn set_memory(&self, bytes: u64) -> Result<(), FileError> {
            self.note(format!("memory {bytes}"));
            Ok(())
        }
        fn set_pids(&self, pids: u32) -> Result<(), FileError> {
            self.note(format!("pids {pids}"));
            Ok(())
        }
        fn set_cpu(&self, cpu: CpuLimit) -> Result<(), FileError> {
            self.note(format!("cpu {cpu:?}"));
            Ok(())
        }
        fn freeze(&self) -> Result<(), FileError> {
            self.note("freeze");
            Ok(())
        }
        fn thaw(&self) -> Result<(), FileError> {
            self.note("thaw");
            Ok(())
        }
        fn usage(&self) -> Result<Usage, FileError> {
            let mut readings = self.readings.lock();
            *readings += 1;
            let n = 100 * *readings;
            let (memory_bytes, peak_memory_bytes) = (n, n + 50);
            Ok(Usage { memory_bytes, peak_memory_bytes, cpu_us: n, oom_kills: n, pids: 1 })
        }
        fn peak_memory_bytes(&self) -> Result<u64, FileError> {
            Ok(180)
        }
        fn oom_kills(&self) -> Result<u64, FileError> {
            Ok(101)
        }
        fn reset_peak(&self) -> Result<bool, FileError> {
            self.note("reset");
            Ok(true)
        }
        fn doors(&self) -> Result<Vec<File>, FileError> {
            Ok(Vec::new())
        }
        fn remove(&self) -> Result<(), FileError> {
            Ok(())
        }
    }

    fn lease() -> (Arc<Noting>, Lease) {
        let group = Arc::new(Noting::default());
        let lease = Lease::begin(Box::new(Arc::clone(&group))).unwrap();
        assert_eq!(group.taken(), ["reset"]);
        (group, lease)
    }

    #[test]
    fn only_limits_that_change_are_written() {
        let (group, lease) = lease();
        let limits = Limits { memory_bytes: 1, pids: 2, cpu: CpuLimit::Unlimited };
        lease.set_limits(&limits).unwrap();
        assert_eq!(group.taken(), ["memory 101", "pids 2", "cpu Unlimited"]);
        lease.set_limits(&Limits { pids: 3, ..limits }).unwrap();
        assert_eq!(group.taken(), ["pids 3"]);
    }

    #[test]
    fn what_was_used_before_does_not_show() {
        let (_group, lease) = lease();
        let expected = Usage {
            memory_bytes: 100,
            peak_memory_bytes: 150,
            cpu_us: 100,
            oom_kills: 100,
            pids: 1,
        };
        assert_eq!(lease.usage().unwrap(), expected);
        assert_eq!((lease.peak_memory_bytes().unwrap(), lease.oom_kills().unwrap()), (80, 1));
    }

    #[test]
    fn guests_die_at_full_speed_and_later_ones_are_slowed_down_again() {
        let (group, lease) = lease();
        lease.set_limits(&Limits { memory_bytes: 1, pids: 2, cpu: CpuLimit::Millis(72) }).unwrap();
        group.taken();
        lease.while_released(|| group.note("killed")).unwrap();
        assert_eq!(group.taken(), ["thaw", "cpu Unlimited", "killed", "cpu Millis(72)"]);
    }
}
