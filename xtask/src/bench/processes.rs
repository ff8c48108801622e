//! What `/proc` says about the processes that are measured.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The kernel counts processor time in hundredths of a second for every program (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// The pause between looks at a server that is to be at rest, how many have to find nothing, and how many there are at most.
const LOOK: Duration = Duration::from_millis(20);
const CALM_LOOKS: u32 = 4;
const LOOKS: u32 = 250;

/// What a process below the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The server, the spawner, or the init of a jail.
    Ours,
    /// A function's own process.
    Guest,
}

/// Memory of the processes below a server, each page divided by how many share it (PSS).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Of the server, the spawner and the inits.
    pub(super) ours_kib: u64,
    /// Of the functions.
    pub(super) guests_kib: u64,
    /// How many processes of functions there are.
    pub(super) guests: usize,
}

/// Returns the processor time that a process has used so far, its ended threads included.
pub(super) fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<_> = after_name(&stat).context("a stat line")?.split(' ').collect();
    // Fields 14 and 15 of the line; the name was the second.
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("a stat line's times")?;
    Ok(TICK * (user + system))
}

/// Returns the resident memory of one process.
pub(super) fn resident_kib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    kib(&status, "VmRSS:").context("a process has resident memory")
}

/// Adds up the memory of a server and all below it.
pub(super) fn memory(server: u32) -> Result<Memory> {
    let mut sum = Memory::default();
    for (pid, part) in tree(server)? {
        // A process may end while the others are looked at.
        let Ok(rollup) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else { continue };
        let pss_kib = kib(&rollup, "Pss:").unwrap_or_default();
        match part {
            Part::Ours => sum.ours_kib += pss_kib,
            Part::Guest => {
                sum.guests_kib += pss_kib;
                sum.guests += 1;
            }
        }
    }
    Ok(sum)
}

/// Waits until a server is at rest, and tells whether that came to be: several looks in a row that find the same processes
/// below it and no processor time used by Lambkin's own. So whatever it keeps ready for cold starts is ready again.
pub(super) async fn rest(server: u32) -> Result<bool> {
    let mut last = (Vec::new(), Duration::ZERO);
    let mut same = 0;
    for _ in 0..LOOKS {
        let mut now = (tree(server)?, Duration::ZERO);
        now.0.sort_unstable_by_key(|(pid, _)| *pid);
        for (pid, _) in now.0.iter().filter(|(_, part)| *part == Part::Ours) {
            now.1 += cpu_time(*pid).unwrap_or_default();
        }
        same = if now == last { same + 1 } else { 0 };
        if same == CALM_LOOKS {
            return Ok(true);
        }
        last = now;
        tokio::time::sleep(LOOK).await;
    }
    Ok(false)
}

/// Returns a process and all below it.
pub(super) fn tree(root: u32) -> Result<Vec<(u32, Part)>> {
    let mut children = HashMap::<u32, Vec<(u32, Part)>>::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        if let Some((parent, part)) = parent_and_part(&stat) {
            children.entry(parent).or_default().push((pid, part));
        }
    }
    let mut found = vec![(root, Part::Ours)];
    let mut next = 0;
    while let Some((pid, _)) = found.get(next).copied() {
        found.extend(children.remove(&pid).unwrap_or_default());
        next += 1;
    }
    Ok(found)
}

/// Reads the parent, and from the name what the process is: all of Lambkin's own begin alike.
fn parent_and_part(stat: &str) -> Option<(u32, Part)> {
    let name = stat.split_once('(')?.1;
    let part = if name.starts_with("lambkin") { Part::Ours } else { Part::Guest };
    let parent = after_name(stat)?.split(' ').nth(1)?.parse().ok()?;
    Some((parent, part))
}

/// Returns what follows the name, which may itself hold spaces and parentheses.
fn after_name(stat: &str) -> Option<&str> {
    Some(stat.rsplit_once(')')?.1.trim_start())
}

fn kib(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_hides_nothing() {
        let stat = "77 (lambkin) (x y) S 42 77 77 0";
        assert_eq!(parent_and_part(stat), Some((42, Part::Ours)));
        assert_eq!(parent_and_part("78 (bootstrap) S 77 1"), Some((77, Part::Guest)));
    }

    #[test]
    fn memory_is_read_in_kibibytes() {
        assert_eq!(kib("Rss:  9 kB\nPss:   1234 kB\nPss_Anon: 5 kB\n", "Pss:"), Some(1234));
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let own = std::process::id();
        assert!(resident_kib(own).unwrap() > 0);
        assert!(memory(own).unwrap().guests_kib > 0 || memory(own).unwrap().ours_kib > 0);
        cpu_time(own).unwrap();
    }
}
