//! What the server decides once for all its jails.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::spec::InstanceId;

/// How the spawner is started.
#[derive(Clone, Debug)]
pub struct SpawnerConfig {
    /// Names the installation; start-up cleans up what an earlier run with this name left behind.
    pub instance: InstanceId,
    /// Directory for the spawner's own small needs; it is made if missing.
    pub run_dir: PathBuf,
    /// Directory on a disk for the images behind `/tmp`; it is made if missing.
    pub scratch_dir: PathBuf,
    /// Network of the jails.
    pub network: NetworkConfig,
    /// How many slots for jails are kept.
    pub slots: SlotsConfig,
    /// The program to execute as the spawner; `None` is this very program.
    ///
    /// It must call [`crate::run_spawner_if_asked`] first thing in its `main`.
    pub program: Option<PathBuf>,
}

/// How many slots for jails are kept while no jail needs them.
///
/// Making a slot takes the kernel tens of milliseconds, handing out one that is free a fraction of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotsConfig {
    /// This many are made ahead of demand.
    pub ready: usize,
    /// Of those left by ended jails, no more than this many are kept.
    pub kept: usize,
}

// === impl SlotsConfig ===

impl Default for SlotsConfig {
    fn default() -> Self {
        Self { ready: 8, kept: 256 }
    }
}

/// Network of all jails of an instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// Whether jails may have an outbound network at all; without, the machine's network is not touched.
    pub outbound: bool,
    /// First address of the block from which jails get theirs.
    pub subnet: Ipv4Addr,
    /// Length of the block's prefix, 8 to 30.
    pub prefix_len: u8,
    /// Name servers for the jails, which cannot reach those at loopback addresses; none means those of this machine.
    pub nameservers: Vec<IpAddr>,
    /// Host name that jails see.
    pub hostname: String,
}

// === impl NetworkConfig ===

impl Default for NetworkConfig {
    /// A block for address translation by carriers, which no local network should be using.
    fn default() -> Self {
        Self {
            outbound: true,
            subnet: Ipv4Addr::new(100, 72, 0, 0),
            prefix_len: 14,
            nameservers: Vec::new(),
            hostname: "lambda".to_owned(),
        }
    }
}

// === impl SpawnerConfig ===

impl SpawnerConfig {
    /// The usual configuration below one directory.
    pub fn new(instance: InstanceId, dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        Self {
            instance,
            run_dir: dir.join("run"),
            scratch_dir: dir.join("scratch"),
            network: NetworkConfig::default(),
            slots: SlotsConfig::default(),
            program: None,
        }
    }
}
