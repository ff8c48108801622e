//! Runs of a program under callgrind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::process::{command, find, quiet};

/// Instructions by function.
pub(super) type Costs = BTreeMap<String, f64>;

/// What was counted.
#[derive(Debug)]
pub(super) struct Profile {
    /// Instructions of the whole process.
    pub(super) total: f64,
    /// Instructions of functions themselves.
    pub(super) own: Costs,
    /// Instructions of functions with all that they call.
    pub(super) inclusive: Costs,
}

/// Where a newer valgrind may be unpacked, as distributions keep ones that do not know this decade's system calls.
const UNPACKED: &str = ".cache/valgrind/usr";

/// The tool that counts.
#[derive(Debug)]
pub(super) struct Tool {
    /// What it is unpacked in, unless it is installed.
    unpacked: Option<PathBuf>,
    folder: PathBuf,
}

// === impl Tool ===

impl Tool {
    /// Looks for it; it will write into a folder.
    pub(super) fn find(checkout: &Checkout, folder: PathBuf) -> Option<Self> {
        let unpacked = Some(checkout.path(UNPACKED)).filter(|path| path.exists());
        (unpacked.is_some() || find("valgrind").is_some()).then_some(Self { unpacked, folder })
    }

    /// Returns what a program is to be started with.
    pub(super) fn command_line(&self) -> Vec<String> {
        let mut line = Vec::new();
        if let Some(unpacked) = &self.unpacked {
            let library = unpacked.join("libexec/valgrind");
            line.extend(["env".to_owned(), format!("VALGRIND_LIB={}", library.display())]);
        }
        line.push(self.program("valgrind").display().to_string());
        line.extend([
            "--tool=callgrind".to_owned(),
            // Guests, and the spawner that makes them, run as they always do.
            "--trace-children=no".to_owned(),
            "--quiet".to_owned(),
            // Threads take turns; a thread that waits for its turn must not starve.
            "--fair-sched=yes".to_owned(),
            format!("--callgrind-out-file={}", self.folder.join("%p").display()),
        ]);
        line
    }

    /// Reads what was counted in a process that has ended.
    pub(super) fn read(&self, pid: u32) -> Result<Profile> {
        let file = self.folder.join(pid.to_string());
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(Profile {
            total: total(&text).context("a profile has totals")?,
            own: costs(&self.annotate(&file, "no")?),
            inclusive: costs(&self.annotate(&file, "yes")?),
        })
    }

    fn annotate(&self, profile: &Path, inclusive: &str) -> Result<String> {
        quiet(
            command(self.program("callgrind_annotate"))
                .args(["--auto=no", "--threshold=100", &format!("--inclusive={inclusive}")])
                .arg(profile),
        )
    }

    fn program(&self, name: &str) -> PathBuf {
        self.unpacked.as_ref().map_or_else(|| PathBuf::from(name), |at| at.join("bin").join(name))
    }
}

// === impl Profile ===

impl Profile {
    /// Returns what there is more than in another profile, divided by some number.
    pub(super) fn beyond(self, less: &Self, by: f64) -> Self {
        let differ = |more: Costs, less: &Costs| {
            let each = |(name, cost): (String, f64)| {
                let cost = (cost - less.get(&name).copied().unwrap_or_default()) / by;
                (name, cost)
            };
            more.into_iter().map(each).collect()
        };
        Self {
            total: (self.total - less.total) / by,
            own: differ(self.own, &less.own),
            inclusive: differ(self.inclusive, &less.inclusive),
        }
    }
}

/// Tells whether a function is one of those around everything, whose cost with what it calls says nothing.
pub(super) fn is_frame(name: &str) -> bool {
    const AROUND: [&str; 7] =
        ["std::", "core::", "alloc::", "tokio::", "tokio_util::", "start_thread", "clone"];
    let name = name.trim_start_matches('<');
    AROUND.iter().any(|prefix| name.starts_with(prefix))
}

/// Returns the functions that cost most.
pub(super) fn most(costs: &Costs, most: usize) -> Vec<(&str, f64)> {
    let mut all: Vec<_> = costs.iter().map(|(name, cost)| (name.as_str(), *cost)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(most);
    all
}

fn total(profile: &str) -> Option<f64> {
    let line = profile.lines().find_map(|line| {
        line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: "))
    })?;
    line.split_whitespace().next()?.parse().ok()
}

/// Reads `1,234 (5.6%)  file:function [object]`.
fn costs(annotated: &str) -> Costs {
    let mut costs = Costs::new();
    for line in annotated.lines() {
        if let Some((name, cost)) = cost(line) {
            // One name may stand for several instances of a generic function.
            *costs.entry(name).or_default() += cost;
        }
    }
    costs
}

fn cost(line: &str) -> Option<(String, f64)> {
    let (cost, rest) = line.trim_start().split_once(" (")?;
    let cost = cost.replace(',', "").parse().ok()?;
    let name = rest.split_once("%)")?.1.trim();
    if name.starts_with("PROGRAM TOTALS") {
        return None;
    }
    let name = name.rsplit_once(" [").map_or(name, |(name, _)| name);
    // The file comes before the first colon that is not doubled.
    let name = match name.find(':') {
        Some(at) if !name[at..].starts_with("::") => &name[at + 1..],
        _ => name,
    };
    Some((shortened(name), cost))
}

/// Leaves out the hash at the end of a name, and makes it fit into a table.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 90;
    let name = match name.rfind("::h") {
        Some(at) if name.len() - at == 19 => &name[..at],
        _ => name,
    };
    let short: String = name.chars().take(LONGEST).collect();
    short.replace(['|', '`'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read() {
        assert_eq!(total("events: Ir\nfn=(1) x\n1 2\ntotals: 1234\n"), Some(1234.0));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn functions_are_ranked_by_their_names() {
        let annotated = "\
            Ir\n\
            1,000 (100.0%)  PROGRAM TOTALS\n\
            --------\n  \
            600 (60.0%)  ???:tokio::park::h0123456789abcdef [/opt/lambkin]\n  \
            400 (40.0%)  /src/memcpy.S:__memcpy_avx [/lib/libc.so.6]\n";
        let costs = costs(annotated);
        assert_eq!(most(&costs, 9), [("tokio::park", 600.0), ("__memcpy_avx", 400.0)]);
        assert_eq!(most(&costs, 1), [("tokio::park", 600.0)]);
    }

    #[test]
    fn frames_are_told_from_work() {
        assert!(is_frame("<std::sys::thread::unix::Thread>::new::thread_start"));
        assert!(is_frame("tokio::runtime::context::runtime::enter_runtime"));
        assert!(!is_frame("<hyper::proto::h1::Dispatcher as core::future::Future>::poll"));
        assert!(!is_frame("sandbox::runtime_api::next"));
    }

    #[test]
    fn what_every_run_costs_is_no_part_of_a_difference() {
        let profile = |total: f64, own: f64| Profile {
            total,
            own: Costs::from([("f".to_owned(), own)]),
            inclusive: Costs::new(),
        };
        let beyond = profile(70.0, 40.0).beyond(&profile(50.0, 30.0), 2.0);
        assert_eq!((beyond.total, beyond.own["f"]), (10.0, 5.0));
    }
}
