//! System calls of a process, counted by the kernel.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::{command, quiet};

/// One event for each kind of call.
const EVENTS: &str = "syscalls:sys_enter_*";

/// How long the counters take to be attached, generously: `perf` does not say when they are.
const ATTACH: Duration = Duration::from_millis(1500);

/// A running count.
#[derive(Debug)]
pub(super) struct Counter(Child);

/// How often each kind of call was made.
#[derive(Debug)]
pub(super) struct Calls(BTreeMap<String, f64>);

/// Fails with the reason if calls cannot be counted here.
pub(super) fn possible() -> Result<()> {
    let text = quiet(command("perf").args(["stat", "-x,", "-e", EVENTS, "--", "true"]))
        .context("perf cannot count system calls here")?;
    drop(text);
    Ok(())
}

/// Begins to count the calls of all threads of a process.
pub(super) fn begin(pid: u32) -> Result<Counter> {
    let mut child = command("perf")
        .args(["stat", "-x,", "-e", EVENTS, "-p", &pid.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting perf")?;
    thread::sleep(ATTACH);
    ensure!(child.try_wait()?.is_none(), "perf ended early");
    Ok(Counter(child))
}

// === impl Counter ===

impl Counter {
    /// Ends counting.
    pub(super) fn end(mut self) -> Result<Calls> {
        quiet(command("kill").args(["-INT", &self.0.id().to_string()]))?;
        let mut text = String::new();
        self.0.stderr.take().context("the output was asked for")?.read_to_string(&mut text)?;
        self.0.wait()?;
        let calls = parse(&text);
        ensure!(!calls.0.is_empty(), "perf counted nothing:\n{text}");
        Ok(calls)
    }
}

// === impl Calls ===

impl Calls {
    /// Returns how many there were of one kind.
    pub(super) fn of(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Returns how many there were.
    pub(super) fn all(&self) -> f64 {
        self.0.values().sum()
    }

    /// Returns the most frequent kinds.
    pub(super) fn most(&self, most: usize) -> Vec<(&str, f64)> {
        let mut all: Vec<_> =
            self.0.iter().map(|(name, number)| (name.as_str(), *number)).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(most);
        all
    }
}

/// Reads lines of `12,,syscalls:sys_enter_read,…`.
fn parse(text: &str) -> Calls {
    let counts = text.lines().filter_map(|line| {
        let mut fields = line.split(',');
        let number: f64 = fields.next()?.parse().ok()?;
        let name = fields.nth(1)?.strip_prefix("syscalls:sys_enter_")?;
        (number > 0.0).then(|| (name.to_owned(), number))
    });
    Calls(counts.collect())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn calls_that_were_made_are_counted() {
        let calls = parse(
            "# started\n\n12,,syscalls:sys_enter_read,100,100.00,,\n0,,syscalls:sys_enter_pipe,1,1,,\n\
             30,,syscalls:sys_enter_write,100,100.00,,\n",
        );
        assert_eq!(calls.most(9), [("write", 30.0), ("read", 12.0)]);
        assert!((calls.all() - 42.0).abs() < f64::EPSILON);
        assert!(calls.of("pipe").abs() < f64::EPSILON);
    }
}
