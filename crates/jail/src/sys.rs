//! The system calls no safe library wraps, each wrapped here at once; nothing else in the crate is unsafe.

pub(crate) mod block;
pub(crate) mod fds;
pub(crate) mod process;
pub(crate) mod signals;

use std::io;

/// Turns the C convention of "minus one and errno" into a result.
fn checked(result: i64) -> io::Result<i64> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
