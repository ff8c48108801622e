//! Taking every privilege away from a process that is about to run a guest program.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, Gid, Uid, UnshareFlags,
    clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
    set_capabilities_secure_bits, set_no_new_privs, set_thread_res_gid, set_thread_res_uid,
};

use crate::error::{Fault, Step};
use crate::spec::{DEFAULT_PIDS, GUEST_GID, GUEST_UID};
use crate::sys::process::unshare;

const MIB: u64 = 1024 * 1024;
/// Resource limits as recorded on AWS. A core size of exactly one byte also keeps the kernel from handing a dump to a
/// collector on the host, which a limit of zero does not.
const LIMITS: [(Resource, u64, Option<u64>); 5] = [
    (Resource::Nofile, 1024, Some(1024)),
    (Resource::Nproc, DEFAULT_PIDS as u64, Some(DEFAULT_PIDS as u64)),
    (Resource::Memlock, 64 * 1024, Some(64 * 1024)),
    (Resource::Core, 1, Some(1)),
    (Resource::Stack, 8 * MIB, None),
];
/// More than the highest capability any kernel knows; the kernel says where its own end is.
const CAPABILITIES_END: u32 = 64;

/// Confines this process, which is alone in a new user namespace whose one user has been mapped.
pub(super) fn process() -> Result<(), Fault> {
    // From inside its own group this namespace shows the group as the root, and no path of the host.
    unshare(UnshareFlags::NEWCGROUP).step("leave the control group namespace")?;
    for (resource, soft, hard) in LIMITS {
        limit(resource, soft, hard).step(format!("limit {resource:?}"))?;
    }
    drop_bounding_set().step("drop the bounding set")?;
    let bits = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_SETUID_FIXUP
        | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED;
    set_capabilities_secure_bits(bits).step("set the secure bits")?;
    let (uid, gid) = (Uid::from_raw(GUEST_UID), Gid::from_raw(GUEST_GID));
    set_thread_res_gid(gid, gid, gid).step("become the guest's group")?;
    set_thread_res_uid(uid, uid, uid).step("become the guest's user")?;
    clear_ambient_capability_set().step("clear the ambient capabilities")?;
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, none).step("drop all capabilities")?;
    set_no_new_privs(true).step("refuse new privileges")
}

/// Sets a limit, but never above what this process may ask for itself.
fn limit(resource: Resource, soft: u64, hard: Option<u64>) -> io::Result<()> {
    let present = getrlimit(resource);
    let maximum = match (present.maximum, hard) {
        (Some(present), Some(hard)) => Some(present.min(hard)),
        (present, hard) => present.or(hard),
    };
    let current = maximum.map_or(soft, |maximum| maximum.min(soft));
    Ok(setrlimit(resource, Rlimit { current: Some(current), maximum })?)
}

fn drop_bounding_set() -> io::Result<()> {
    for number in 0..CAPABILITIES_END {
        match remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << number)) {
            Err(rustix::io::Errno::INVAL) => break,
            other => other?,
        }
    }
    Ok(())
}
