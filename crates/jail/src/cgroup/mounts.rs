//! Finding the control group file systems of this machine and this process's place in each.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::v1::V1;
use crate::error::Fault;

const NEEDED_V2: [&str; 3] = ["memory", "pids", "cpu"];
const NEEDED_V1: [&str; 5] = ["memory", "cpu", "cpuacct", "pids", "freezer"];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Mount point of version 2 and this process's own group below it.
    v2: Option<(PathBuf, PathBuf)>,
    /// This process's own group of each version 1 controller.
    v1: HashMap<String, PathBuf>,
}

/// Reads the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`.
pub(super) fn find(mountinfo: &str, own: &str) -> Found {
    let mut found = Found::default();
    for mount in mountinfo.lines().filter_map(parse_mount) {
        for line in own.lines() {
            let mut parts = line.splitn(3, ':');
            let (Some(_), Some(names), Some(path)) = (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let Some(place) = mount.place_of(path) else { continue };
            if mount.kind == "cgroup2" && names.is_empty() {
                found.v2.get_or_insert_with(|| (mount.point.clone(), place));
            } else if mount.kind == "cgroup" {
                let controllers =
                    names.split(',').filter(|name| mount.options.split(',').any(|o| o == *name));
                found.v1.extend(controllers.map(|name| (name.to_owned(), place.clone())));
            }
        }
    }
    found
}

#[derive(Debug)]
struct Mount<'a> {
    root: PathBuf,
    point: PathBuf,
    kind: &'a str,
    options: &'a str,
}

fn parse_mount(line: &str) -> Option<Mount<'_>> {
    let (left, right) = line.split_once(" - ")?;
    let mut left = left.split(' ').skip(3);
    let (root, point) = (unescape(left.next()?), unescape(left.next()?));
    let mut right = right.split(' ');
    let (kind, _source, options) = (right.next()?, right.next()?, right.next()?);
    Some(Mount { root, point, kind, options })
}

impl Mount<'_> {
    /// Where a group is seen through this mount, which may show only a part of the hierarchy.
    fn place_of(&self, group: &str) -> Option<PathBuf> {
        let below = Path::new(group).strip_prefix(&self.root).ok()?;
        Some(self.point.join(below))
    }
}

/// The kernel writes blanks and backslashes in paths as octal numbers.
fn unescape(text: &str) -> PathBuf {
    PathBuf::from(text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
}

// === impl Found ===

impl Found {
    /// Mount point and own group of version 2, if it has the controllers jails need.
    pub(super) fn v2_with_controllers(&self) -> Option<(PathBuf, PathBuf)> {
        let (root, own) = self.v2.as_ref()?;
        let controllers = fs::read_to_string(root.join("cgroup.controllers")).ok()?;
        let has = |name| controllers.split_whitespace().any(|controller| controller == name);
        NEEDED_V2.into_iter().all(has).then(|| (root.clone(), own.clone()))
    }

    /// The own groups of version 1, if every controller jails need is there.
    pub(super) fn v1(&self) -> Option<V1> {
        let of = |name: &str| self.v1.get(name).cloned();
        Some(V1 {
            memory: of("memory")?,
            cpu: of("cpu")?,
            cpuacct: of("cpuacct")?,
            pids: of("pids")?,
            freezer: of("freezer")?,
        })
    }

    /// Says what keeps both versions from being usable.
    pub(super) fn missing(&self) -> Fault {
        let absent: Vec<_> =
            NEEDED_V1.into_iter().filter(|name| !self.v1.contains_key(*name)).collect();
        let v2 =
            if self.v2.is_some() { "mounted without memory, pids and cpu" } else { "not mounted" };
        Fault::words(
            "find control groups",
            format!("version 2 is {v2}; version 1 lacks {}", absent.join(", ")),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &str = "\
        30 20 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
        31 20 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
        32 20 0:28 /box /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
        33 20 0:29 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n\
        34 20 0:30 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw\n";

    #[test]
    fn version_1_groups_are_found_where_this_process_is() {
        let own = "4:memory:/srv/a b\n3:cpu,cpuacct:/\n2:pids:/box/one\n1:freezer:/\n0::/\n";
        let v1 = find(MIXED, own).v1().unwrap();
        assert_eq!(v1.memory, Path::new("/sys/fs/cgroup/memory/srv/a b"));
        assert_eq!(v1.cpu, v1.cpuacct);
        assert_eq!(v1.pids, Path::new("/sys/fs/cgroup/pids/one"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let fault = find(MIXED, "4:memory:/\n0::/\n").missing();
        assert!(fault.reason.contains("lacks cpu, cpuacct, pids, freezer"), "{fault}");
    }

    #[test]
    fn version_2_is_used_only_with_its_controllers() {
        let dir = tempfile::tempdir().unwrap();
        let mountinfo = format!("34 20 0:30 / {} rw - cgroup2 cgroup2 rw\n", dir.path().display());
        let found = find(&mountinfo, "0::/system.slice/x.service\n");
        fs::write(dir.path().join("cgroup.controllers"), "hugetlb\n").unwrap();
        assert!(found.v2_with_controllers().is_none());
        fs::write(dir.path().join("cgroup.controllers"), "cpuset cpu io memory pids\n").unwrap();
        let (_, own) = found.v2_with_controllers().unwrap();
        assert_eq!(own, dir.path().join("system.slice/x.service"));
    }
}
