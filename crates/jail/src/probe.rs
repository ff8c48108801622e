//! What isolation this machine gives, and what to change when it gives less than jails need.

use std::fs;
use std::path::Path;

use rustix::system::uname;

use crate::cgroup;
use crate::network::Rules;
use crate::scratch;

/// Mount attributes, the newest thing jails cannot do without, came with this kernel.
const OLDEST_KERNEL: (u32, u32) = (5, 12);
const NAMESPACES: [&str; 7] = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

/// One thing jails use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeItem {
    /// Short name.
    pub name: &'static str,
    /// Whether this machine has it.
    pub available: bool,
    /// Whether no jail can be made without it.
    pub required: bool,
    /// What was found, or why it is not usable.
    pub detail: String,
    /// What to do when it is not available, and what happens until then.
    pub remedy: &'static str,
}

/// Looks at everything jails use.
pub fn probe() -> Vec<ProbeItem> {
    let required = |name, found, remedy| item(name, true, found, remedy);
    let optional = |name, found, remedy| item(name, false, found, remedy);
    vec![
        required("root", root(), "run as root; jails cannot be made without"),
        required("kernel", kernel(), "use Linux 5.12 or later"),
        required("namespaces", namespaces(), "use a kernel with all namespaces"),
        required(
            "user namespaces",
            user_namespaces(),
            "set the sysctl user.max_user_namespaces above zero",
        ),
        required(
            "control groups",
            cgroup::describe().map_err(|fault| fault.to_string()),
            "mount version 2, or version 1 with memory, cpu, cpuacct, pids and freezer",
        ),
        required("seccomp", seccomp(), "use a kernel with system call filters"),
        optional(
            "overlay",
            file_system("overlay"),
            "load the module overlay; merging layers needs it",
        ),
        optional(
            "disk images",
            scratch::images_usable()
                .map(|()| "loop devices and mkfs.ext4".to_owned())
                .map_err(|fault| fault.to_string()),
            "load the module loop and install e2fsprogs; until then /tmp is kept in memory",
        ),
        optional(
            "outbound network",
            outbound(),
            "install nftables; until then jails have no network",
        ),
    ]
}

fn item(
    name: &'static str,
    required: bool,
    found: Result<String, String>,
    remedy: &'static str,
) -> ProbeItem {
    let available = found.is_ok();
    ProbeItem { name, available, required, detail: found.unwrap_or_else(|reason| reason), remedy }
}

fn root() -> Result<String, String> {
    let user = rustix::process::geteuid();
    if user.is_root() {
        Ok("running as root".to_owned())
    } else {
        Err(format!("running as user {}", user.as_raw()))
    }
}

fn kernel() -> Result<String, String> {
    let release = uname().release().to_string_lossy().into_owned();
    if version(&release).is_some_and(|version| version >= OLDEST_KERNEL) {
        Ok(release)
    } else {
        Err(release)
    }
}

fn version(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn namespaces() -> Result<String, String> {
    let there = |name: &&str| Path::new("/proc/self/ns").join(name).exists();
    let (found, missing): (Vec<_>, Vec<_>) = NAMESPACES.into_iter().partition(there);
    if missing.is_empty() {
        Ok(found.join(", "))
    } else {
        Err(format!("missing: {}", missing.join(", ")))
    }
}

fn user_namespaces() -> Result<String, String> {
    let text = fs::read_to_string("/proc/sys/user/max_user_namespaces")
        .map_err(|error| error.to_string())?;
    match text.trim() {
        "0" => Err("none allowed".to_owned()),
        number => Ok(format!("up to {number}")),
    }
}

fn seccomp() -> Result<String, String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let there = status.lines().any(|line| line.starts_with("Seccomp:"));
    if there {
        Ok("system call filters".to_owned())
    } else {
        Err("not built into the kernel".to_owned())
    }
}

fn file_system(name: &str) -> Result<String, String> {
    let known = fs::read_to_string("/proc/filesystems").map_err(|error| error.to_string())?;
    let there = known.lines().any(|line| line.split_whitespace().last() == Some(name));
    if there { Ok(name.to_owned()) } else { Err(format!("{name} is not known to the kernel")) }
}

fn outbound() -> Result<String, String> {
    match Rules::any_loaded() {
        Ok(_) => Ok("nftables".to_owned()),
        Err(fault) => Err(fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("5.9.0-1-amd64").unwrap() < OLDEST_KERNEL);
        assert!(version("5.12-rc1").unwrap() >= OLDEST_KERNEL);
        assert!(version("6.1.0").unwrap() >= OLDEST_KERNEL);
        assert_eq!(version("unknown"), None);
    }

    #[test]
    fn what_is_missing_says_why_and_what_to_do() {
        let missing = item("x", false, Err("no x here".to_owned()), "install x");
        assert!(!missing.available);
        assert_eq!((missing.detail.as_str(), missing.remedy), ("no x here", "install x"));
    }

    #[test]
    fn the_probe_finds_what_every_linux_has() {
        let items = probe();
        assert!(items.iter().any(|item| item.name == "namespaces" && item.available), "{items:?}");
    }
}
