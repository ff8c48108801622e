//! Progress: what a chore does, as it does it.

use std::fmt::Display;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Numbers the steps of a chore and says how long each took.
#[derive(Debug)]
pub(crate) struct Steps {
    total: usize,
    done: usize,
    started: Instant,
}

// === impl Steps ===

impl Steps {
    /// Begins a chore of `total` steps.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: 0, started: Instant::now() }
    }

    /// Does the next step, announcing it before and its time after.
    pub(crate) fn step<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.done += 1;
        println!("[{}/{}] {what}", self.done, self.total);
        let started = Instant::now();
        let value = work()
            .with_context(|| format!("step {} of {} failed: {what}", self.done, self.total))?;
        println!("  done in {}", seconds(started.elapsed()));
        Ok(value)
    }

    /// Returns how long the chore has been running.
    pub(crate) fn elapsed(&self) -> impl Display {
        seconds(self.started.elapsed())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
