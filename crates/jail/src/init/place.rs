//! The jail's view of the machine: its root directory and its `/proc`.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use rustix::mount::{MountAttrFlags, UnmountFlags};
use rustix::process::{chdir, pivot_root};

use crate::error::{Fault, Step};
use crate::mount;
use crate::scratch::Condition;
use crate::sys::block::discard_file_system;

/// What tells about the machine or its other users, or could act on the machine.
const HIDDEN_IN_PROC: [&str; 17] = [
    "acpi",
    "config.gz",
    "interrupts",
    "iomem",
    "ioports",
    "kallsyms",
    "kcore",
    "key-users",
    "keys",
    "kmsg",
    "kpagecount",
    "mdstat",
    "modules",
    "sched_debug",
    "scsi",
    "sysrq-trigger",
    "timer_list",
];
const UNCHANGEABLE_IN_PROC: [&str; 5] = ["sys", "bus", "fs", "irq", "asound"];
/// An empty directory of the root, shown in place of hidden directories.
const EMPTY_DIR: &str = "/mnt";

/// Makes `root` the root directory and lets go of everything else, then shows the jail's own processes in `/proc`.
pub(super) fn enter_root(root: &Path) -> Result<(), Fault> {
    chdir(root).step("enter the root")?;
    // Stacking the old root on the new one and letting go of it needs no directory for it inside.
    pivot_root(".", ".").step("change the root")?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).step("let go of the old root")?;
    chdir("/").step("enter the root")?;
    // Guests see only processes of their own user, so neither init nor anything it does.
    let attributes = mount::HARMLESS | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let proc = mount::new_file_system("proc", &[("hidepid", "invisible")], attributes)
        .step("make /proc")?;
    mount::attach(&proc, "/proc").step("mount /proc")
}

/// Hides the parts of `/proc` that are about the machine.
pub(super) fn hide_kernel() -> Result<(), Fault> {
    for name in HIDDEN_IN_PROC {
        let path = Path::new("/proc").join(name);
        // Each is there on some kernels only.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let cover = if metadata.is_dir() {
            mount::bind(Path::new(EMPTY_DIR))
        } else {
            mount::bind_device(Path::new("/dev/null"))
        };
        cover
            .and_then(|cover| mount::attach(cover, &path))
            .step(format!("hide {}", path.display()))?;
    }
    for name in UNCHANGEABLE_IN_PROC {
        let path = Path::new("/proc").join(name);
        if path.exists() {
            let same = mount::bind(&path).step(format!("copy {}", path.display()))?;
            mount::attach(same, &path).step(format!("make {} read-only", path.display()))?;
        }
    }
    Ok(())
}

/// Takes away what is mounted at a path.
pub(super) fn unmount(target: &Path) -> io::Result<()> {
    Ok(rustix::mount::unmount(target, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW)?)
}

/// What the file system at a path holds.
pub(super) fn condition(path: &str) -> io::Result<Condition> {
    Condition::of(open_directory(path)?)
}

/// Makes the file system at a path forget what it has not yet written to disk, unless it still is as it was.
pub(super) fn forget_unless(path: &str, before: &Condition) {
    let Ok(root) = open_directory(path) else { return };
    if Condition::of(&root).is_ok_and(|now| now == *before) {
        return;
    }
    // A file system in memory has nothing to forget.
    let _nothing = discard_file_system(root.as_fd());
}

fn open_directory(path: &str) -> io::Result<OwnedFd> {
    Ok(open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}
