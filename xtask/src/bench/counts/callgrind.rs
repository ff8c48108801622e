//! Runs of a program under callgrind.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{command, quiet};

/// What was counted between beginning and end.
#[derive(Debug)]
pub(super) struct Profile {
    /// Instructions of the whole process.
    pub(super) total: f64,
    /// Instructions of functions themselves, the most first.
    pub(super) own: Vec<(f64, String)>,
    /// Instructions of functions with all that they call, the most first.
    pub(super) inclusive: Vec<(f64, String)>,
}

/// Returns what a program is to be started with.
pub(super) fn command_line(folder: &Path) -> Vec<String> {
    let output = folder.join("callgrind.out.%p").display().to_string();
    vec![
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        // Guests, and the spawner that makes them, run as they always do.
        "--trace-children=no".to_owned(),
        "--quiet".to_owned(),
        // Threads take turns; a thread that waits for its turn must not starve.
        "--fair-sched=yes".to_owned(),
        format!("--callgrind-out-file={output}"),
    ]
}

/// Begins to count.
pub(super) fn begin(pid: u32) -> Result<()> {
    control(pid, "--zero")
}

/// Ends counting and reads what was counted.
pub(super) fn end(pid: u32, folder: &Path) -> Result<Profile> {
    control(pid, "--dump")?;
    let file = folder.join(format!("callgrind.out.{pid}.1"));
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(Profile {
        total: total(&text).context("a profile has totals")?,
        own: ranking(&annotate(&file, "no")?),
        inclusive: ranking(&annotate(&file, "yes")?),
    })
}

fn control(pid: u32, what: &str) -> Result<()> {
    quiet(command("callgrind_control").args([what, &pid.to_string()])).map(drop)
}

fn annotate(profile: &Path, inclusive: &str) -> Result<String> {
    quiet(
        command("callgrind_annotate")
            .args(["--auto=no", "--threshold=99", &format!("--inclusive={inclusive}")])
            .arg(profile),
    )
}

fn total(profile: &str) -> Option<f64> {
    let line = profile.lines().find_map(|line| {
        line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: "))
    })?;
    line.split_whitespace().next()?.parse().ok()
}

/// Reads `1,234 (5.6%)  file:function [object]`.
fn ranking(annotated: &str) -> Vec<(f64, String)> {
    let functions = annotated.lines().filter_map(|line| {
        let (cost, rest) = line.trim_start().split_once(" (")?;
        let cost = cost.replace(',', "").parse().ok()?;
        let (_, rest) = rest.split_once("%)")?;
        let name = rest.trim().rsplit_once(" [").map_or_else(|| rest.trim(), |(name, _)| name);
        // The file comes before the first colon that is not doubled.
        let name = match name.find(':') {
            Some(at) if !name[at..].starts_with("::") => &name[at + 1..],
            _ => name,
        };
        (!name.starts_with("PROGRAM TOTALS")).then(|| (cost, shortened(name)))
    });
    functions.collect()
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
        assert_eq!(
            ranking(annotated),
            [(600.0, "tokio::park".to_owned()), (400.0, "__memcpy_avx".to_owned())]
        );
    }
}
