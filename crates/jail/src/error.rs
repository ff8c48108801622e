//! How asking for isolation can fail, one enum per act.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A step that failed in another process, with the kernel's reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{step}: {reason}")]
pub struct Fault {
    /// What was being done.
    pub step: String,
    /// Why it failed, in words.
    pub reason: String,
    /// The kernel's error number, when there is one.
    pub errno: Option<i32>,
}

/// The spawner could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The process lacks the privileges that isolation needs.
    #[error("making jails needs root; run as root or ask `lambkin doctor`")]
    NotRoot,
    /// A directory of the configuration cannot be used.
    #[error("cannot use directory {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No usable control groups were found.
    #[error("cannot use control groups")]
    Cgroup(#[source] Fault),
    /// The spawner process did not start or did not answer.
    #[error("cannot start the spawner process")]
    Process(#[source] io::Error),
    /// The spawner process could not prepare the machine.
    #[error("the spawner process could not prepare")]
    Prepare(#[source] Fault),
}

/// A jail could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The spawner process is not there any more, so no jail can be made.
    #[error("the spawner process is gone")]
    SpawnerGone(#[source] io::Error),
    /// One step of making the jail failed; everything taken has been given back.
    #[error("cannot make jail")]
    Step(#[source] Fault),
}

/// A mount could not be shown in a jail.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The source on the host cannot be used.
    #[error("cannot use {path} as a mount")]
    Source {
        /// Path on the host.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The target in the jail cannot be used.
    #[error("cannot mount in the jail")]
    Target(#[source] Fault),
    /// The `/tmp` file system could not be made.
    #[error("cannot make a file system for /tmp")]
    Scratch(#[source] Fault),
    /// The jail is gone.
    #[error("the jail is gone")]
    Gone(#[source] io::Error),
}

/// A program could not be started in a jail.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The program does not exist, is not executable, or has an unusable format.
    #[error("cannot execute {program}")]
    Program {
        /// The program as asked for.
        program: String,
        /// The kernel's reason: `NotFound`, `PermissionDenied`, or another one.
        source: io::Error,
    },
    /// The working directory cannot be entered.
    #[error("cannot enter working directory {path}")]
    WorkingDir {
        /// The directory inside the jail.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The process could not be confined, so it was not started.
    #[error("cannot confine the process")]
    Confine(#[source] Fault),
    /// The jail is gone.
    #[error("the jail is gone")]
    Gone(#[source] io::Error),
}

/// A living jail could not be controlled.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The jail refused or failed the act.
    #[error("the jail could not do it")]
    Step(#[source] Fault),
    /// The jail is gone.
    #[error("the jail is gone")]
    Gone(#[source] io::Error),
    /// A control group file could not be read or written.
    #[error("cannot use control group file {path}")]
    Cgroup {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A jail ended but something it had taken is still there.
#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    /// The spawner could not give back everything.
    #[error("cannot give back what the jail took")]
    Leftover(#[source] Fault),
    /// The spawner's answer could not be read.
    #[error("cannot wait for the jail's end")]
    Wait(#[source] io::Error),
}

// === impl Fault ===

impl Fault {
    pub(crate) fn new(step: impl Into<String>, error: impl Into<io::Error>) -> Self {
        let error = error.into();
        Self { step: step.into(), reason: error.to_string(), errno: error.raw_os_error() }
    }

    pub(crate) fn words(step: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { step: step.into(), reason: reason.into(), errno: None }
    }
}

/// Names the step in which an operating system call failed.
pub(crate) trait Step<T> {
    fn step(self, step: impl Into<String>) -> Result<T, Fault>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: impl Into<String>) -> Result<T, Fault> {
        self.map_err(|error| Fault::new(step, error))
    }
}
