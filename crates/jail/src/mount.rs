//! Mounts made on the host side, detached from every tree, for a jail's init to put in place.
//!
//! A detached mount belongs to nobody but its descriptor: when the last descriptor closes, it is gone. So the server
//! can make mounts without ever changing the machine's mount table, and a crash leaves nothing behind.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create,
    fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};
use rustix::path::Arg;

use crate::spec::MountSource;
use crate::sys::fds::restrict_mount;

/// What every mount in a jail is: no set-user-id programs, no device files.
pub(crate) const HARMLESS: MountAttrFlags =
    MountAttrFlags::MOUNT_ATTR_NOSUID.union(MountAttrFlags::MOUNT_ATTR_NODEV);
/// As [`HARMLESS`], and nothing in it can be changed.
pub(crate) const READ_ONLY: MountAttrFlags = HARMLESS.union(MountAttrFlags::MOUNT_ATTR_RDONLY);

/// Makes what a [`crate::Mount`] shows, read-only. Fails with the path that could not be used.
pub(crate) fn detached(source: &MountSource) -> Result<OwnedFd, (PathBuf, io::Error)> {
    match source {
        MountSource::Bind(path) => bind(path).map_err(|error| (path.clone(), error)),
        MountSource::Overlay(layers) => match layers.as_slice() {
            [] => Err((PathBuf::new(), io::ErrorKind::InvalidInput.into())),
            // The kernel wants at least two layers, and one needs no laying over.
            [only] => bind(only).map_err(|error| (only.clone(), error)),
            [first, ..] => overlay(layers).map_err(|error| (first.clone(), error)),
        },
    }
}

/// Copies the mounts at and below a path of the host, read-only.
pub(crate) fn bind(path: &Path) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(CWD, path, flags)?;
    restrict_mount(tree.as_fd(), u64::from(READ_ONLY.bits()), true)?;
    Ok(tree)
}

/// Copies a mount that need not be mounted anywhere.
pub(crate) fn copy(mount: impl AsFd) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH;
    Ok(open_tree(mount, "", flags)?)
}

/// Copies a mount of a device file, which must stay usable as one.
pub(crate) fn bind_device(path: &Path) -> io::Result<OwnedFd> {
    let tree =
        open_tree(CWD, path, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)?;
    let flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    restrict_mount(tree.as_fd(), u64::from(flags.bits()), false)?;
    Ok(tree)
}

fn overlay(layers: &[PathBuf]) -> io::Result<OwnedFd> {
    // Colons separate layers, and a backslash makes one part of a name.
    let escape =
        |layer: &PathBuf| layer.to_string_lossy().replace('\\', "\\\\").replace(':', "\\:");
    let lower: Vec<_> = layers.iter().map(escape).collect();
    new_file_system("overlay", &[("lowerdir", &lower.join(":"))], READ_ONLY)
}

/// Makes a new file system with options; an empty value is a flag.
pub(crate) fn new_file_system(
    kind: &str,
    options: &[(&str, &str)],
    attributes: MountAttrFlags,
) -> io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        match *value {
            "" => fsconfig_set_flag(&context, *key)?,
            value => fsconfig_set_string(&context, *key, value)?,
        }
    }
    fsconfig_create(&context)?;
    Ok(fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}

/// Puts a detached mount in place.
pub(crate) fn attach(mount: impl AsFd, target: impl Arg) -> io::Result<()> {
    Ok(move_mount(mount, "", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}
