//! Signals: waiting for children through a descriptor, ignoring, resetting, and sending to everyone.
#![expect(unsafe_code, reason = "signal masks, actions and signalfd have no safe wrapper")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;

use super::checked;

/// One more than the highest signal number.
const SIGNALS_END: i32 = 65;

/// Blocks `SIGCHLD` and returns a descriptor that is readable when a child has ended.
pub(crate) fn watch_children() -> io::Result<OwnedFd> {
    let mask = mask_of(libc::SIGCHLD);
    set_mask(libc::SIG_BLOCK, &mask)?;
    // SAFETY: the mask is initialised; -1 asks for a new descriptor.
    let fd = unsafe { libc::signalfd(-1, &raw const mask, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    checked(i64::from(fd))?;
    // SAFETY: the descriptor is new and owned by nothing else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes this process ignore a signal.
pub(crate) fn ignore(signal: i32) -> io::Result<()> {
    set_action(signal, libc::SIG_IGN)
}

/// Gives every signal its default action and unblocks all; programs started later inherit that.
pub(crate) fn reset() -> io::Result<()> {
    for signal in (1..SIGNALS_END).filter(|signal| ![libc::SIGKILL, libc::SIGSTOP].contains(signal))
    {
        set_default(signal)?;
    }
    unblock_all()
}

/// Unblocks every signal, as a new program expects it.
pub(crate) fn unblock_all() -> io::Result<()> {
    set_mask(libc::SIG_SETMASK, &empty_mask())
}

/// Kills every process this one can see except itself and the first process of the namespace.
pub(crate) fn kill_everyone_else() -> io::Result<()> {
    // SAFETY: the call takes plain numbers.
    let result = unsafe { libc::kill(-1, libc::SIGKILL) };
    match checked(i64::from(result)) {
        Err(error) if error.raw_os_error() != Some(libc::ESRCH) => Err(error),
        _ => Ok(()),
    }
}

/// Sends a signal given by number to one process.
pub(crate) fn send(pid: i32, signal: i32) -> io::Result<()> {
    // SAFETY: the call takes plain numbers.
    let result = unsafe { libc::kill(pid, signal) };
    checked(i64::from(result)).map(|_| ())
}

fn set_action(signal: i32, handler: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: all-zero is a valid sigaction: no flags, an empty mask, no restorer.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    // SAFETY: the action is initialised and outlives the call; the old one is not asked for.
    let result = unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
    checked(i64::from(result)).map(|_| ())
}

/// As [`set_action`], but also for the two signals that the C library keeps for itself and a parent may have ignored.
fn set_default(signal: i32) -> io::Result<()> {
    let action = [0_u64; 4];
    let none = ptr::null_mut::<u64>();
    // SAFETY: all-zero is the kernel's form of the default action; it outlives the call, and the mask has eight bytes.
    let result = unsafe {
        libc::syscall(libc::SYS_rt_sigaction, signal, action.as_ptr(), none, size_of::<u64>())
    };
    checked(result).map(|_| ())
}

fn set_mask(how: i32, mask: &libc::sigset_t) -> io::Result<()> {
    // SAFETY: the mask is initialised and outlives the call; the old one is not asked for.
    let result = unsafe { libc::sigprocmask(how, mask, ptr::null_mut()) };
    checked(i64::from(result)).map(|_| ())
}

fn empty_mask() -> libc::sigset_t {
    let mut mask = MaybeUninit::uninit();
    // SAFETY: the pointer is valid for writing a mask.
    unsafe { libc::sigemptyset(mask.as_mut_ptr()) };
    // SAFETY: the call above has initialised it.
    unsafe { mask.assume_init() }
}

fn mask_of(signal: i32) -> libc::sigset_t {
    let mut mask = empty_mask();
    // SAFETY: the mask is initialised and the signal number is valid.
    unsafe { libc::sigaddset(&raw mut mask, signal) };
    mask
}

/// Empties the descriptor of [`watch_children`], else it would stay readable.
pub(crate) fn drain(children: &OwnedFd) {
    let mut buffer = [0; 1024];
    while matches!(rustix::io::read(children, &mut buffer), Ok(length) if length > 0) {}
}
