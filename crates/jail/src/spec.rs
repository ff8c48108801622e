//! What a caller asks for: the identity, limits, mounts and programs of a jail.

use std::fmt;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hash::fnv1a;

/// The user id every guest program sees itself running as.
pub const GUEST_UID: u32 = 993;
/// The group id every guest program sees itself running as.
pub const GUEST_GID: u32 = 990;
/// Where the Runtime API listens inside every jail.
pub const RUNTIME_API_PORT: u16 = 9001;
/// How many processes and threads an execution environment may have.
pub const DEFAULT_PIDS: u32 = 1024;

/// One vCPU belongs to this much memory (Developer Guide, "Configure Lambda function memory").
const MEMORY_BYTES_PER_VCPU: u64 = 1769 * 1024 * 1024;

/// An identifier that is not usable as a directory name and part of a network name.
#[derive(Debug, thiserror::Error)]
#[error("identifier {0:?} must be 1 to 64 of a-z, 0-9 and '-', starting with a letter or digit")]
pub struct InvalidId(String);

fn checked_id(text: &str) -> Result<String, InvalidId> {
    let body = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let valid = (1..=64).contains(&text.len()) && !text.starts_with('-') && text.chars().all(body);
    if valid { Ok(text.to_owned()) } else { Err(InvalidId(text.to_owned())) }
}

/// Defines an identifier that is checked wherever it comes from.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                checked_id(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// Names one installation of the server on a machine, so that it cleans up after itself only.
    InstanceId
}

id! {
    /// Names one jail within an instance.
    JailId
}

/// What a jail may use; all of it can be changed while the jail lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of all guest processes together; there is no swap on top of it.
    pub memory_bytes: u64,
    /// Processes and threads of all guests together.
    pub pids: u32,
    /// Processor time.
    pub cpu: CpuLimit,
}

/// How much processor time the guests of a jail may use together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CpuLimit {
    /// As much as the machine has.
    Unlimited,
    /// A share in thousandths of one processor; values above 1000 span several.
    Millis(u32),
}

/// What a jail can reach besides its own loopback interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkMode {
    /// Nothing.
    None,
    /// The world through address translation, except TCP port 25, this machine and other jails.
    Outbound,
}

/// What a new, still blank jail is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JailSpec {
    /// Must be unique among the living jails of the instance.
    pub id: JailId,
    /// First limits; [`crate::Jail::set_limits`] changes them later.
    pub limits: Limits,
    /// Fixed for the life of the jail.
    pub network: NetworkMode,
}

/// A read-only directory or file that appears in a jail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Absolute path inside the jail; it must exist in the jail's root.
    pub target: PathBuf,
    /// What is seen there.
    pub source: MountSource,
}

/// Where the content of a [`Mount`] comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSource {
    /// A directory or file of the host.
    Bind(PathBuf),
    /// Several directories of the host laid over each other, the first one on top.
    Overlay(Vec<PathBuf>),
}

/// A program to start in a jail.
#[derive(Clone, Debug)]
pub struct ExecSpec<'fd> {
    /// The program and its arguments; a program without a slash is looked up in `PATH` of `env`.
    pub argv: Vec<String>,
    /// The complete environment.
    pub env: Vec<(String, String)>,
    /// Working directory inside the jail.
    pub cwd: PathBuf,
    /// Open files and the numbers they get in the program; every other number is closed.
    pub fds: Vec<(BorrowedFd<'fd>, i32)>,
}

/// A process as numbered inside its jail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GuestPid(pub(crate) i32);

/// How a guest process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with this status.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
}

/// Something that happened in a jail without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JailEvent {
    /// A program started by [`crate::Jail::exec`] ended. It may arrive before `exec` has returned.
    Exited {
        /// Which program.
        pid: GuestPid,
        /// How it ended.
        ending: Ending,
        /// It was killed because the jail's memory was used up.
        oom_killed: bool,
    },
    /// The jail as a whole is gone; no further event follows.
    Gone,
}

/// What the guests of a jail have used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Memory in use now.
    pub memory_bytes: u64,
    /// Highest memory use so far.
    pub peak_memory_bytes: u64,
    /// Processor time so far.
    pub cpu_us: u64,
    /// Processes killed because the memory was used up.
    pub oom_kills: u64,
    /// Processes and threads now, among them one of the jail's own.
    pub pids: u64,
}

// === impl InstanceId ===

impl InstanceId {
    /// Derives the identifier from the directory that holds the instance's data.
    pub fn for_data_dir(dir: &Path) -> Self {
        Self(format!("{:016x}", fnv1a(dir.as_os_str().as_encoded_bytes())))
    }

    /// Six characters that stand for the instance where names must be short.
    pub(crate) fn tag(&self) -> String {
        format!("{:06x}", self.hash() & 0xff_ffff)
    }

    pub(crate) fn hash(&self) -> u64 {
        fnv1a(self.0.as_bytes())
    }
}

// === impl Limits ===

impl Limits {
    /// The limits that belong to a function's memory size.
    pub fn for_memory(memory_bytes: u64) -> Self {
        Self { memory_bytes, pids: DEFAULT_PIDS, cpu: CpuLimit::for_memory(memory_bytes) }
    }
}

impl CpuLimit {
    /// The share that belongs to a function's memory size: 1,769 MB is one processor.
    pub fn for_memory(memory_bytes: u64) -> Self {
        let millis = memory_bytes.saturating_mul(1000) / MEMORY_BYTES_PER_VCPU;
        Self::Millis(u32::try_from(millis).unwrap_or(u32::MAX).max(1))
    }
}

// === impl Mount ===

impl Mount {
    /// Shows a directory or file of the host at `target`.
    pub fn bind(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { target: target.into(), source: MountSource::Bind(source.into()) }
    }

    /// Shows several directories of the host at `target`, the first one on top.
    pub fn overlay(layers: Vec<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { target: target.into(), source: MountSource::Overlay(layers) }
    }
}

impl fmt::Display for GuestPid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_that_could_leave_their_directory_are_refused() {
        for bad in ["", "..", "a/b", "-a", "A", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<JailId>().is_err(), "{bad:?}");
        }
        assert!("env-0123abc".parse::<JailId>().is_ok());
    }

    #[test]
    fn cpu_grows_with_memory_and_is_one_processor_at_1769_mib() {
        const MIB: u64 = 1024 * 1024;
        assert_eq!(CpuLimit::for_memory(1769 * MIB), CpuLimit::Millis(1000));
        assert_eq!(CpuLimit::for_memory(128 * MIB), CpuLimit::Millis(72));
        assert_eq!(CpuLimit::for_memory(10_240 * MIB), CpuLimit::Millis(5788));
    }

    #[test]
    fn different_data_directories_give_different_instances() {
        let one = InstanceId::for_data_dir(Path::new("/var/lib/one"));
        let two = InstanceId::for_data_dir(Path::new("/var/lib/two"));
        assert_ne!(one.tag(), two.tag());
        assert_eq!(one.to_string().parse::<InstanceId>().unwrap(), one);
    }
}
