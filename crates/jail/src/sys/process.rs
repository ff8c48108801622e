//! Starting and replacing processes.
#![expect(unsafe_code, reason = "clone3, execve and _exit have no safe wrapper")]

use std::convert::Infallible;
use std::ffi::CString;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use rustix::process::Pid;
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::checked;

/// Status of a child whose code panicked; nothing waits for it but the parent's clean-up.
const PANICKED: i32 = 101;

/// Starts a child that runs `body` and then exits, and returns its process id.
///
/// The child is a copy of this process, as after `fork`. Callers are single-threaded processes (spawner, init,
/// launcher), so the copy is never taken while another thread holds a lock.
pub(crate) fn start_child(flags: i32, body: impl FnOnce() -> i32) -> io::Result<Pid> {
    match clone3(u64::from(flags.cast_unsigned()))? {
        Some(pid) => Ok(pid),
        // A panic must not unwind into the frames copied from the parent.
        None => exit(catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED)),
    }
}

fn clone3(flags: u64) -> io::Result<Option<Pid>> {
    // With CLONE_PARENT the kernel wants no exit signal: the child's end is reported as the caller's own is.
    let inherits = flags & u64::from(libc::CLONE_PARENT.cast_unsigned()) != 0;
    let exit_signal = if inherits { 0 } else { u64::from(libc::SIGCHLD.cast_unsigned()) };
    let mut args = [0_u64; 8];
    args[0] = flags;
    args[4] = exit_signal;
    // SAFETY: `args` is a valid clone_args of the given size that outlives the call; without CLONE_VM and with no
    // stack the child gets its own copy of the memory, so both return into valid frames.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, args.as_mut_ptr(), size_of_val(&args)) };
    let pid = checked(pid)?;
    Ok(i32::try_from(pid).ok().and_then(Pid::from_raw))
}

/// Ends this process without running anything registered in the process it was copied from.
pub(crate) fn exit(status: i32) -> ! {
    // SAFETY: `_exit` takes any status and touches no memory.
    unsafe { libc::_exit(status) }
}

/// Replaces this process by a program; returns only when that failed.
pub(crate) fn execve(
    program: &CString,
    argv: &[CString],
    env: &[CString],
) -> io::Result<Infallible> {
    let argv = pointers(argv);
    let env = pointers(env);
    // SAFETY: all three are NUL-terminated strings or null-terminated arrays of such, alive during the call.
    unsafe { libc::execve(program.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    Err(io::Error::last_os_error())
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

/// Leaves some of the namespaces shared with the parent.
pub(crate) fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
    debug_assert!(!namespaces.contains(UnshareFlags::FILES), "descriptors stay shared");
    // SAFETY: only unsharing the table of descriptors is dangerous, and callers never do.
    Ok(unsafe { unshare_unsafe(namespaces) }?)
}
