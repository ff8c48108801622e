//! The messages themselves.

use std::net::SocketAddrV4;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cgroup::Hierarchy;
use crate::config::{NetworkConfig, SlotsConfig};
use crate::error::Fault;
use crate::network::Slot;
use crate::spec::{InstanceId, JailId, NetworkMode};

/// First message to the spawner: everything it needs for its whole life.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) instance: InstanceId,
    pub(crate) run_dir: PathBuf,
    pub(crate) network: NetworkConfig,
    pub(crate) cgroups: Hierarchy,
    pub(crate) slots: SlotsConfig,
}

/// The spawner's answer to [`Setup`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Prepared {
    /// Ready; the text says why jails get no outbound network, if they get none.
    Ready { outbound_refused: Option<String> },
    /// The spawner has given up and cleaned up.
    Failed(Fault),
}

/// Asks the spawner for something.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    /// For a jail. Descriptors: control, events, and lifetime ends that the jail's side keeps.
    Create { id: JailId, network: NetworkMode },
    /// To have this many free slots ready from now on.
    KeepReady { slots: usize },
}

/// Makes a slot's init serve a jail. Descriptors: control and events ends.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Serve {}

/// What a slot's init tells the spawner.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) slot: Slot,
    pub(crate) news: News,
}

/// What has become of a slot.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum News {
    /// It can be let: it was just made, or holds nothing of its last jail any more.
    Vacant,
    /// Its jail has ended with everything that ran or was shown in it.
    Ended,
    /// It cannot be made because its addresses are in use by something else.
    AddressInUse,
    /// It cannot be made or cleared, and its init ends.
    Failed(Fault),
}

/// Asks a jail's init for something.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Shows the mounts that come as descriptors at these places, in this order.
    Mount { targets: Vec<PathBuf> },
    /// Starts a program: an [`Exec`] as the message's body, which only the new process reads. Its open files come as
    /// descriptors; the numbers say where each belongs.
    Exec { numbers: Vec<i32> },
    /// Sends a signal to one process.
    Signal { pid: i32, signal: i32 },
    /// Kills all guest processes.
    KillAll,
    /// Opens a listening socket in the jail's network.
    Listen { address: SocketAddrV4 },
}

/// A program to start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Exec {
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<String>,
    pub(crate) cwd: PathBuf,
}

/// Answer of a jail's init; its first one, unasked, says whether the jail was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The jail can be used; its control groups have this name, and its first listener comes as a descriptor.
    Welcome { group: String },
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

/// Sent on a jail's lifetime channel when something could not be given back; its end says all is over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Leftover(pub(crate) Fault);
