//! Linux isolation: namespaces, cgroups, seccomp, mounts, network slots, and the spawner process.
//!
//! A *jail* is a place where programs of strangers run, cut off from the machine. Three processes have a part in it:
//!
//! - the **server** holds a [`Spawner`] and [`Jail`] handles, and makes what needs no namespace of the jail: mounts and
//!   `/tmp` file systems, passed on as descriptors;
//! - the **spawner** is the server's program started again ([`run_spawner_if_asked`]), single-threaded, which keeps
//!   *slots*, lets them to jails, and gives back what they took, also when the server has been killed;
//! - each slot's **init** is the first process in its namespaces. It makes the slot, which takes the kernel long, then
//!   serves one jail after another in it: obeys the server over a socket, starts guests, and clears up in the end.
//!
//! Every process depends on the one before through a socket or a death signal, so no end of any of them leaves
//! something running. The crate never looks into functions, packages or invocations, and has no asynchronous code: the
//! one descriptor to wait for is [`Jail`]'s own.
//!
//! Start reading at [`Spawner::create`] and follow it to the other side: `spawner/tenants.rs`, then `init.rs`. What a jail
//! must not find of the one before in its slot is in `init/clear.rs`.

mod spec;

mod config;
mod error;

mod jail;
mod spawner;

mod probe;

mod init;
mod root;
mod seccomp;

mod cgroup;
mod mount;
mod network;
mod scratch;

mod channel;
mod hash;
mod message;
mod sys;

pub use self::config::{NetworkConfig, SlotsConfig, SpawnerConfig};
pub use self::error::{
    ControlError, CreateError, DestroyError, ExecError, Fault, MountError, StartError,
};
pub use self::jail::Jail;
pub use self::probe::{ProbeItem, probe};
pub use self::spawner::{Spawner, run_spawner_if_asked};
pub use self::spec::{
    CpuLimit, DEFAULT_PIDS, Ending, ExecSpec, GUEST_GID, GUEST_UID, GuestPid, InstanceId,
    InvalidId, JailEvent, JailId, JailSpec, Limits, Mount, MountSource, NetworkMode,
    RUNTIME_API_PORT, Usage,
};
