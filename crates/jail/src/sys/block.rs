//! Loop devices, and dropping what a file system has not written yet.
#![expect(unsafe_code, reason = "the ioctls of loop devices and ext4 have no safe wrapper")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::checked;

const LOOP_CTL_GET_FREE: libc::Ioctl = 0x4C82;
const LOOP_CONFIGURE: libc::Ioctl = 0x4C0A;
const LO_FLAGS_AUTOCLEAR: u32 = 4;
const LO_FLAGS_DIRECT_IO: u32 = 16;
/// `_IOR('X', 125, __u32)`, shared by ext4, XFS and f2fs.
const SHUTDOWN: libc::Ioctl = 0x8004_587D;
const SHUTDOWN_WITHOUT_FLUSHING: u32 = 2;

/// `struct loop_info64` of the kernel's interface.
#[repr(C)]
struct LoopInfo {
    device: u64,
    inode: u64,
    rdevice: u64,
    offset: u64,
    size_limit: u64,
    number: u32,
    encrypt_type: u32,
    encrypt_key_size: u32,
    flags: u32,
    file_name: [u8; 64],
    crypt_name: [u8; 64],
    encrypt_key: [u8; 32],
    init: [u64; 2],
}

/// `struct loop_config` of the kernel's interface.
#[repr(C)]
struct LoopConfig {
    fd: u32,
    block_size: u32,
    info: LoopInfo,
    reserved: [u64; 8],
}

/// Asks the loop driver for the number of a free device; another process may still be faster to use it.
pub(crate) fn free_loop_device(control: BorrowedFd<'_>) -> io::Result<u32> {
    // SAFETY: the request takes no argument.
    let number = unsafe { libc::ioctl(control.as_raw_fd(), LOOP_CTL_GET_FREE) };
    checked(i64::from(number)).map(|number| u32::try_from(number).unwrap_or(0))
}

/// Puts a file behind a loop device, which frees itself when nothing uses it any more.
pub(crate) fn attach_loop(
    device: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    direct: bool,
) -> io::Result<()> {
    // SAFETY: all-zero is a valid loop_config: no offset, no size limit, no name.
    let mut config: LoopConfig = unsafe { MaybeUninit::zeroed().assume_init() };
    config.fd = u32::try_from(file.as_raw_fd()).unwrap_or(u32::MAX);
    config.info.flags = LO_FLAGS_AUTOCLEAR | if direct { LO_FLAGS_DIRECT_IO } else { 0 };
    // SAFETY: `config` has the layout the request expects and outlives the call.
    let result = unsafe { libc::ioctl(device.as_raw_fd(), LOOP_CONFIGURE, &raw const config) };
    checked(i64::from(result)).map(|_| ())
}

/// Makes a file system forget everything not yet written, so that unmounting it costs no disk writes.
pub(crate) fn discard_file_system(root: BorrowedFd<'_>) -> io::Result<()> {
    let how = SHUTDOWN_WITHOUT_FLUSHING;
    // SAFETY: the request reads one u32, which outlives the call.
    let result = unsafe { libc::ioctl(root.as_raw_fd(), SHUTDOWN, &raw const how) };
    checked(i64::from(result)).map(|_| ())
}
