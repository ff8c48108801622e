//! Which system calls guests may make.
//!
//! Two filters are stacked, and the kernel takes the stricter answer of both: the first allows a list and refuses the
//! rest with `EPERM`; the second answers `ENOSYS` where programs know how to do without.

mod allowed;

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::fmt;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Op,
    SeccompCondition, SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

use crate::error::Fault;

/// All flags of `clone` that make a namespace.
const NEW_NAMESPACES: u64 = 0x7E02_0080;
/// The part of a socket's type that is not a flag.
const SOCKET_TYPE_MASK: u64 = 0xf;
/// Families that talk to other processes or the network in ordinary ways.
const SOCKET_FAMILIES: [i32; 3] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
const SOCKET_TYPES: [i32; 3] = [libc::SOCK_STREAM, libc::SOCK_DGRAM, libc::SOCK_SEQPACKET];
/// Emulations of other systems; only the ordinary one and asking for the present one are allowed.
const PERSONALITIES: [u64; 2] = [0, 0xffff_ffff];
/// Typing into the terminal of another session, by two different requests.
const TERMINAL_INJECTION: [u64; 2] = [0x5412, 0x541C];

/// The compiled filters; made once, applied to every guest.
#[derive(Clone)]
pub(crate) struct Filters([BpfProgram; 2]);

impl fmt::Debug for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Vec::len)).finish()
    }
}

// === impl Filters ===

impl Filters {
    pub(crate) fn compile() -> Result<Self, Fault> {
        compile().map_err(|error| Fault::words("compile the system call filter", error.to_string()))
    }

    /// Confines this process for ever, and every process it starts.
    pub(crate) fn apply(&self) -> Result<(), Fault> {
        let [refuse, absent] = &self.0;
        // The stricter one goes last: it would refuse applying another.
        for filter in [absent, refuse] {
            apply_filter(filter)
                .map_err(|error| Fault::words("apply the system call filter", error.to_string()))?;
        }
        Ok(())
    }
}

fn compile() -> Result<Filters, BackendError> {
    let arch = TargetArch::try_from(ARCH)?;
    let refuse = SeccompFilter::new(
        allowed_rules()?,
        SeccompAction::Errno(libc::EPERM.cast_unsigned()),
        SeccompAction::Allow,
        arch,
    )?;
    let absent = SeccompFilter::new(
        allowed::ABSENT.iter().map(|number| (*number, Vec::new())).collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS.cast_unsigned()),
        arch,
    )?;
    Ok(Filters([refuse.try_into()?, absent.try_into()?]))
}

fn allowed_rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
    let always = allowed::ALWAYS.iter().chain(allowed::ALWAYS_HERE).chain(allowed::ABSENT);
    let mut rules: BTreeMap<_, _> = always.map(|number| (*number, Vec::new())).collect();
    rules.insert(
        libc::SYS_clone,
        vec![rule([(0, Length::Qword, Op::MaskedEq(NEW_NAMESPACES), 0)])?],
    );
    rules.insert(libc::SYS_socket, socket_rules()?);
    rules.insert(libc::SYS_personality, personality_rules()?);
    let [first, second] = TERMINAL_INJECTION;
    let ioctl = rule([(1, Length::Dword, Op::Ne, first), (1, Length::Dword, Op::Ne, second)])?;
    rules.insert(libc::SYS_ioctl, vec![ioctl]);
    Ok(rules)
}

fn socket_rules() -> Result<Vec<SeccompRule>, BackendError> {
    let family = |family: i32| (0, Length::Dword, Op::Eq, u64::from(family.cast_unsigned()));
    let kind = |kind: i32| {
        (1, Length::Dword, Op::MaskedEq(SOCKET_TYPE_MASK), u64::from(kind.cast_unsigned()))
    };
    let routing = || (2, Length::Dword, Op::Eq, 0);
    let ordinary = SOCKET_FAMILIES
        .iter()
        .flat_map(|f| SOCKET_TYPES.iter().map(|k| rule([family(*f), kind(*k)])));
    // The C library lists addresses and interfaces over a routing socket; a guest cannot change anything with it.
    let listing = [libc::SOCK_RAW, libc::SOCK_DGRAM]
        .map(|k| rule([family(libc::AF_NETLINK), kind(k), routing()]));
    ordinary.chain(listing).collect()
}

fn personality_rules() -> Result<Vec<SeccompRule>, BackendError> {
    PERSONALITIES.iter().map(|value| rule([(0, Length::Dword, Op::Eq, *value)])).collect()
}

/// A rule that holds when all conditions on (argument, length, comparison, value) do.
fn rule<const N: usize>(
    conditions: [(u8, Length, Op, u64); N],
) -> Result<SeccompRule, BackendError> {
    let conditions = conditions
        .into_iter()
        .map(|(argument, length, op, value)| SeccompCondition::new(argument, length, op, value));
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_dangerous_call_is_on_the_list() {
        let allowed = allowed_rules().unwrap();
        let dangerous = [
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_move_mount,
            libc::SYS_open_tree,
            libc::SYS_fsopen,
            libc::SYS_pivot_root,
            libc::SYS_chroot,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_bpf,
            libc::SYS_perf_event_open,
            libc::SYS_add_key,
            libc::SYS_keyctl,
            libc::SYS_userfaultfd,
            libc::SYS_open_by_handle_at,
            libc::SYS_kexec_load,
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_reboot,
            libc::SYS_settimeofday,
            libc::SYS_pidfd_getfd,
        ];
        for number in dangerous {
            assert!(!allowed.contains_key(&number), "{number}");
        }
    }

    #[test]
    fn both_filters_fit_into_what_the_kernel_takes() {
        let Filters(filters) = Filters::compile().unwrap();
        for filter in filters {
            assert!((5..4096).contains(&filter.len()), "{}", filter.len());
        }
    }
}
