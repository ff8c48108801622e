//! The file systems behind `/tmp`: limited in size, on disk rather than in memory, and gone without a trace.
//!
//! Each is an image file without a name behind a loop device, copied from a template made once per size. Image, device
//! and mount are held by nothing but each other, this process and the jail, so the kernel frees all three when both end.

mod stock;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::fs::{
    AtFlags, Mode, OFlags, SeekFrom, copy_file_range, fchmod, ioctl_ficlone, openat, seek, syncfs,
    unlinkat,
};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

pub(crate) use self::stock::{Condition, Stock, Tmp};
use crate::error::{Fault, Step};
use crate::mount::{HARMLESS, new_file_system};
use crate::sys::block::{attach_loop, free_loop_device};

const LOOP_CONTROL: &str = "/dev/loop-control";
const MKFS: &str = "mkfs.ext4";
/// Where system programs are even when `PATH` does not say so.
const SYSTEM_DIRS: [&str; 2] = ["/usr/sbin", "/sbin"];
/// No journal: the content need not survive anything. Tables are not written ahead, so the template stays small.
const MKFS_OPTIONS: [&str; 8] = [
    "-q",
    "-F",
    "-m",
    "0",
    "-O",
    "^has_journal",
    "-E",
    "lazy_itable_init=1,nodiscard,root_owner=0:0",
];
/// Freed blocks go back to the disk, and nothing is forced out to it.
const MOUNT_OPTIONS: [(&str, &str); 3] =
    [("discard", ""), ("nobarrier", ""), ("noinit_itable", "")];
/// Another process may take a free loop device first; this often in a row means something else is wrong.
const LOOP_TRIES: u32 = 256;
const STICKY_FOR_ALL: u32 = 0o1777;

/// What `/tmp` is: harmless, and never changed by being read.
const ATTRIBUTES: MountAttrFlags = HARMLESS.union(MountAttrFlags::MOUNT_ATTR_NOATIME);

/// Makes file systems for `/tmp`.
#[derive(Debug)]
struct Maker {
    dir: PathBuf,
    /// Why images cannot be used on this machine, if they cannot.
    unusable: Option<Fault>,
    templates: Mutex<HashMap<u64, Arc<File>>>,
}

/// Opens the stock of file systems whose images are in `dir`.
pub(crate) fn open_stock(dir: PathBuf) -> io::Result<Stock> {
    Stock::new(Maker { dir, unusable: images_usable().err(), templates: Mutex::default() })
}

// === impl Maker ===

impl Maker {
    /// Makes an empty file system of this size and mode 1777, mounted nowhere yet.
    fn make(&self, bytes: u64) -> Result<OwnedFd, Fault> {
        if self.unusable.is_some() {
            return in_memory(bytes).step("make a file system in memory");
        }
        let template = self.template(bytes)?;
        let image = unnamed_file(&self.dir).step("make an image file")?;
        copy_sparse(&template, &image, bytes).step("copy the image")?;
        mount_image(&image)
    }

    fn template(&self, bytes: u64) -> Result<Arc<File>, Fault> {
        let mut templates = self.templates.lock();
        if let Some(template) = templates.get(&bytes) {
            return Ok(Arc::clone(template));
        }
        let template = Arc::new(self.make_template(bytes)?);
        templates.insert(bytes, Arc::clone(&template));
        Ok(template)
    }

    fn make_template(&self, bytes: u64) -> Result<File, Fault> {
        let path = self.dir.join(format!("template-{bytes}-{}", std::process::id()));
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path);
        let made = file.step("make a template file").and_then(|file| {
            file.set_len(bytes).step("size the template")?;
            format(&path)?;
            Ok(file)
        });
        // Only the open file is needed from here on; without a name it cannot be left behind.
        let removed = fs::remove_file(&path).step("unlink the template");
        let file = made?;
        removed?;
        let mounted = mount_image(&file)?;
        open_to_all(&mounted).step("prepare the template")?;
        Ok(file)
    }
}

/// Says whether images can be used on this machine, or why not.
pub(crate) fn images_usable() -> Result<(), Fault> {
    fs::metadata(LOOP_CONTROL).step(format!("find {LOOP_CONTROL}"))?;
    find_mkfs().step(format!("find {MKFS}")).map(|_| ())
}

fn find_mkfs() -> io::Result<PathBuf> {
    let candidates = SYSTEM_DIRS.iter().map(|dir| Path::new(dir).join(MKFS));
    candidates.into_iter().find(|path| path.exists()).ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn format(image: &Path) -> Result<(), Fault> {
    let program = find_mkfs().step(format!("find {MKFS}"))?;
    run(program.as_os_str(), &[&MKFS_OPTIONS.map(OsStr::new)[..], &[image.as_os_str()]].concat())
}

fn run(program: &OsStr, args: &[&OsStr]) -> Result<(), Fault> {
    #[expect(clippy::disallowed_methods, reason = "this crate is where processes are started")]
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .step(format!("run {MKFS}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Fault::words(format!("run {MKFS}"), String::from_utf8_lossy(&output.stderr).trim()))
}

fn unnamed_file(dir: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).mode(0o600).open(dir)
}

/// Copies only what the template has written, sharing the blocks where the host's file system can.
fn copy_sparse(from: &File, to: &File, bytes: u64) -> io::Result<()> {
    if ioctl_ficlone(to, from).is_ok() {
        return Ok(());
    }
    to.set_len(bytes)?;
    let mut position = 0;
    loop {
        let start = match seek(from, SeekFrom::Data(position)) {
            Ok(start) => start,
            Err(Errno::NXIO) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        position = seek(from, SeekFrom::Hole(start))?;
        copy_range(from, to, start, position)?;
    }
}

fn copy_range(from: &File, to: &File, start: u64, end: u64) -> io::Result<()> {
    let (mut read_at, mut write_at) = (start, start);
    while read_at < end {
        let left = usize::try_from(end - read_at).unwrap_or(usize::MAX);
        if copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), left)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Puts an image behind a loop device and mounts that; the device frees itself with the mount.
fn mount_image(image: &File) -> Result<OwnedFd, Fault> {
    let (device, path) = loop_device(image)?;
    let options: Vec<_> = [("source", path.as_str())].into_iter().chain(MOUNT_OPTIONS).collect();
    let mounted = new_file_system("ext4", &options, ATTRIBUTES).step("mount the image");
    drop(device);
    mounted
}

fn loop_device(image: &File) -> Result<(File, String), Fault> {
    let control = OpenOptions::new()
        .read(true)
        .write(true)
        .open(LOOP_CONTROL)
        .step("open the loop driver")?;
    let mut last = Errno::BUSY.into();
    for _ in 0..LOOP_TRIES {
        let number = free_loop_device(control.as_fd()).step("find a free loop device")?;
        let path = format!("/dev/loop{number}");
        let device =
            OpenOptions::new().read(true).write(true).open(&path).step("open a loop device")?;
        // Without direct access every block would be cached twice.
        let attached = match attach_loop(device.as_fd(), image.as_fd(), true) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                attach_loop(device.as_fd(), image.as_fd(), false)
            }
            other => other,
        };
        match attached {
            Ok(()) => return Ok((device, path)),
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => last = error,
            Err(error) => return Err(Fault::new("attach a loop device", error)),
        }
    }
    Err(Fault::new("attach a loop device", last))
}

fn open_to_all(mounted: &OwnedFd) -> io::Result<()> {
    let root =
        openat(mounted, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    unlinkat(&root, "lost+found", AtFlags::REMOVEDIR)?;
    fchmod(&root, Mode::from_raw_mode(STICKY_FOR_ALL))?;
    // Unmounting would write it out too, but only when the last copy of the mount's descriptor is gone, and another
    // thread may be starting a process that has one for a moment.
    Ok(syncfs(&root)?)
}

fn in_memory(bytes: u64) -> io::Result<OwnedFd> {
    let size = bytes.to_string();
    new_file_system("tmpfs", &[("size", &size), ("mode", "1777")], ATTRIBUTES)
}
