//! Letting the machine pass packets on, and putting that back when the last instance ends.
//!
//! The switch belongs to the machine, not to an instance: whoever turns it on leaves a note for whoever ends last.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::rules::Rules;
use crate::error::{Fault, Step};

const SWITCH: &str = "/proc/sys/net/ipv4/ip_forward";
/// Shared by all instances, and gone after a restart of the machine like the switch's setting.
const NOTES_DIR: &str = "/run/lambkin";
const LOCK: &str = "forwarding.lock";

/// Exclusive use of the switch of this network namespace; others wait.
#[derive(Debug)]
pub(crate) struct Forwarding {
    note: PathBuf,
    _lock: File,
}

// === impl Forwarding ===

impl Forwarding {
    /// Waits until no other instance is changing a switch.
    pub(crate) fn lock() -> Result<Self, Fault> {
        let namespace =
            fs::metadata("/proc/self/ns/net").step("look at the network namespace")?.ino();
        let dir = Path::new(NOTES_DIR);
        fs::create_dir_all(dir).step(format!("make {NOTES_DIR}"))?;
        let lock = File::create(dir.join(LOCK)).step("open the forwarding lock")?;
        flock(&lock, FlockOperation::LockExclusive).step("take the forwarding lock")?;
        Ok(Self { note: dir.join(format!("forwarding-{namespace}.was-off")), _lock: lock })
    }

    /// Turns forwarding on.
    pub(crate) fn turn_on(&self) -> Result<(), Fault> {
        if fs::read_to_string(SWITCH).step("read the forwarding switch")?.trim() == "0" {
            fs::write(&self.note, "").step("note that forwarding was off")?;
            fs::write(SWITCH, "1").step("turn forwarding on")?;
        }
        Ok(())
    }

    /// Turns forwarding off again if it was, unless another instance still needs it.
    pub(crate) fn put_back(&self) -> Result<(), Fault> {
        if Rules::any_loaded()? {
            return Ok(());
        }
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Fault::new("remove the forwarding note", error)),
            Ok(()) => fs::write(SWITCH, "0").step("turn forwarding off"),
        }
    }
}
