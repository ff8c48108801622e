//! Placing and closing file descriptors by number, and attributes of mounts.
#![expect(
    unsafe_code,
    reason = "close_range, dup2 to a chosen number and mount_setattr have no safe wrapper"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::checked;

/// Closes every descriptor above the standard ones except those in `keep`.
///
/// Callers are freshly copied processes that own none of the closed descriptors through a living value they use again.
pub(crate) fn close_all_except(keep: &[RawFd]) -> io::Result<()> {
    let mut keep: Vec<u32> = keep.iter().filter_map(|fd| u32::try_from(*fd).ok()).collect();
    keep.sort_unstable();
    let mut first = 3;
    for fd in keep.into_iter().filter(|fd| *fd >= 3) {
        if fd > first {
            close_range(first, fd - 1, 0)?;
        }
        first = fd + 1;
    }
    close_range(first, u32::MAX, 0)
}

/// Lets this process have as many files open as the system allows any: each jail takes several.
pub(crate) fn allow_many() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let most: u64 = std::fs::read_to_string("/proc/sys/fs/nr_open")?
        .trim()
        .parse()
        .map_err(|_| io::ErrorKind::InvalidData)?;
    let raised = Rlimit { current: Some(most), maximum: Some(most) };
    // Without the privilege to go above the maximum, that has to do.
    setrlimit(Resource::Nofile, raised).or_else(|_refused| {
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    })?;
    Ok(())
}

/// Makes every descriptor from `first` on close itself when a program is executed.
pub(crate) fn close_on_exec_from(first: u32) -> io::Result<()> {
    close_range(first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC)
}

fn close_range(first: u32, last: u32, flags: u32) -> io::Result<()> {
    // SAFETY: the call takes plain numbers; callers see to it that no closed descriptor is used afterwards.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) };
    checked(result).map(|_| ())
}

/// Gives a descriptor a second, chosen number that survives the execution of a program.
pub(crate) fn place(fd: &OwnedFd, number: RawFd) -> io::Result<()> {
    // SAFETY: the call takes plain numbers; the chosen number belongs to the program about to be executed.
    let result = unsafe { libc::dup2(fd.as_raw_fd(), number) };
    checked(i64::from(result)).map(|_| ())
}

/// Sets attributes such as read-only on a mount and, when asked, on all mounts below it.
pub(crate) fn restrict_mount(
    mount: BorrowedFd<'_>,
    attributes: u64,
    recursive: bool,
) -> io::Result<()> {
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    let request = [attributes, 0, 0, 0];
    // SAFETY: `request` is a valid mount_attr of the given size and the path is an empty NUL-terminated string.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            request.as_ptr(),
            size_of_val(&request),
        )
    };
    checked(result).map(|_| ())
}
