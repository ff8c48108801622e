//! The messages themselves.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cgroup::Hierarchy;
use crate::config::NetworkConfig;
use crate::error::Fault;
use crate::spec::{InstanceId, JailSpec};

/// First message to the spawner: everything it needs for its whole life.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) instance: InstanceId,
    pub(crate) run_dir: PathBuf,
    pub(crate) network: NetworkConfig,
    pub(crate) cgroups: Hierarchy,
}

/// The spawner's answer to [`Setup`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Prepared {
    /// Ready; the text says why jails get no outbound network, if they get none.
    Ready { outbound_refused: Option<String> },
    /// The spawner has given up and cleaned up.
    Failed(Fault),
}

/// Asks the spawner for a jail. Descriptors: control, events, and lifetime ends that the jail's side keeps.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Create {
    pub(crate) spec: JailSpec,
}

/// Asks a jail's init for something.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Shows the mounts that come as descriptors at these places, in this order.
    Mount { targets: Vec<PathBuf> },
    /// Starts a program.
    Exec(Exec),
    /// Sends a signal to one process.
    Signal { pid: i32, signal: i32 },
    /// Kills all guest processes.
    KillAll,
    /// Opens a listening socket in the jail's network.
    Listen { address: SocketAddrV4 },
}

/// A program to start; its open files come as descriptors, `numbers` says where each belongs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Exec {
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) numbers: Vec<i32>,
}

/// Answer of a jail's init; its first one, unasked, says whether the jail was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// Done. A socket asked for comes as a descriptor.
    Done,
    /// The program runs.
    Started { pid: i32 },
    /// The program did not start because of its caller's wishes.
    Unstartable { at: ExecStage, errno: i32 },
    /// Something else failed.
    Failed(Fault),
}

/// Which of the caller's wishes could not be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ExecStage {
    WorkingDir,
    Program,
}

/// Sent by a jail's init when a program it started has ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) pid: i32,
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
}

/// Sent by the spawner to a jail's init once everything made from outside is in place.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Go {
    /// The jail's own and the host's address of the link between them.
    pub(crate) link: Option<(Ipv4Addr, Ipv4Addr)>,
}

/// Sent on a jail's lifetime channel when something could not be given back; its end says all is over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Leftover(pub(crate) Fault);
