//! Which system calls guests may make.
//!
//! A list is allowed and the rest is refused with `EPERM`; a few seem not to exist, because programs know how to do
//! without.

mod allowed;
mod program;

use std::collections::BTreeMap;
use std::fmt;

use seccompiler::{BpfProgram, apply_filter};

use self::program::{Condition, Verdict, assemble};
use crate::error::Fault;

/// All flags of `clone` that make a namespace.
const NEW_NAMESPACES: u32 = 0x7E02_0000;
/// The part of a socket's type that is not a flag.
const SOCKET_TYPE_MASK: u32 = 0xf;
/// Families that talk to other processes or the network in ordinary ways.
const SOCKET_FAMILIES: [i32; 3] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
const SOCKET_TYPES: [i32; 3] = [libc::SOCK_STREAM, libc::SOCK_DGRAM, libc::SOCK_SEQPACKET];
/// Emulations of other systems; only the ordinary one and asking for the present one are allowed.
const PERSONALITIES: [u32; 2] = [0, u32::MAX];
/// Typing into the terminal of another session, by two different requests.
const TERMINAL_INJECTION: [u32; 2] = [0x5412, 0x541C];

/// The filter program; made once, applied to every guest.
#[derive(Clone)]
pub(crate) struct Filter(BpfProgram);

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("steps", &self.0.len()).finish()
    }
}

// === impl Filter ===

impl Filter {
    pub(crate) fn new() -> Self {
        Self(assemble(&verdicts()))
    }

    /// Confines this process for ever, and every process it starts.
    pub(crate) fn apply(&self) -> Result<(), Fault> {
        apply_filter(&self.0)
            .map_err(|error| Fault::words("apply the system call filter", error.to_string()))
    }
}

fn verdicts() -> BTreeMap<u32, Verdict> {
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let always = allowed::ALWAYS.iter().chain(allowed::ALWAYS_HERE);
    let mut verdicts: BTreeMap<_, _> = always.map(|call| (number(*call), Verdict::Allow)).collect();
    let absent = Verdict::Fail(libc::ENOSYS.cast_unsigned());
    verdicts.extend(allowed::ABSENT.iter().map(|call| (number(*call), absent.clone())));
    let no_namespace = Condition { argument: 0, mask: NEW_NAMESPACES, value: 0, equal: true };
    let typing = |value| Condition { argument: 1, mask: u32::MAX, value, equal: false };
    let checked = [
        (libc::SYS_clone, vec![vec![no_namespace]]),
        (libc::SYS_ioctl, vec![TERMINAL_INJECTION.map(typing).to_vec()]),
        (libc::SYS_personality, PERSONALITIES.map(|value| vec![is(0, u32::MAX, value)]).to_vec()),
        (libc::SYS_socket, sockets()),
    ];
    verdicts.extend(checked.map(|(call, groups)| (number(call), Verdict::AllowIf(groups))));
    verdicts
}

fn sockets() -> Vec<Vec<Condition>> {
    let family = |family: i32| is(0, u32::MAX, family.cast_unsigned());
    let kind = |kind: i32| is(1, SOCKET_TYPE_MASK, kind.cast_unsigned());
    let ordinary = SOCKET_FAMILIES
        .iter()
        .flat_map(|f| SOCKET_TYPES.iter().map(|k| vec![family(*f), kind(*k)]));
    // The C library lists addresses and interfaces over a routing socket; a guest cannot change anything with it.
    let routing = is(2, u32::MAX, 0);
    let listing = [libc::SOCK_RAW, libc::SOCK_DGRAM]
        .map(|k| vec![family(libc::AF_NETLINK), kind(k), routing.clone()]);
    ordinary.chain(listing).collect()
}

fn is(argument: u8, mask: u32, value: u32) -> Condition {
    Condition { argument, mask, value, equal: true }
}

#[cfg(test)]
mod tests {
    use super::program::tests::{ALLOWED, evaluate, failing, verdict};
    use super::*;

    fn answer(call: i64, args: [i32; 3]) -> u32 {
        let [a, b, c] = args.map(i32::cast_unsigned);
        verdict(&Filter::new().0, u32::try_from(call).unwrap(), [a, b, c, 0, 0, 0])
    }

    #[test]
    fn dangerous_calls_are_refused() {
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
        for call in dangerous {
            assert_eq!(answer(call, [0; 3]), failing(libc::EPERM), "{call}");
        }
    }

    #[test]
    fn ordinary_calls_are_allowed_whatever_their_arguments() {
        for call in allowed::ALWAYS.iter().chain(allowed::ALWAYS_HERE) {
            assert_eq!(answer(*call, [-1; 3]), ALLOWED, "{call}");
        }
        assert_eq!(answer(libc::SYS_clone3, [0; 3]), failing(libc::ENOSYS));
    }

    #[test]
    fn some_calls_depend_on_their_arguments() {
        let threads = libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND;
        assert_eq!(answer(libc::SYS_clone, [threads, 0, 0]), ALLOWED);
        assert_eq!(
            answer(libc::SYS_clone, [threads | libc::CLONE_NEWUSER, 0, 0]),
            failing(libc::EPERM)
        );
        assert_eq!(answer(libc::SYS_ioctl, [0, 0x5412, 0]), failing(libc::EPERM));
        assert_eq!(answer(libc::SYS_ioctl, [0, 0x5401, 0]), ALLOWED);
        let tcp = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
        assert_eq!(answer(libc::SYS_socket, [libc::AF_INET, tcp, 6]), ALLOWED);
        assert_eq!(
            answer(libc::SYS_socket, [libc::AF_INET, libc::SOCK_RAW, 1]),
            failing(libc::EPERM)
        );
        assert_eq!(answer(libc::SYS_socket, [libc::AF_NETLINK, libc::SOCK_RAW, 0]), ALLOWED);
        assert_eq!(
            answer(libc::SYS_socket, [libc::AF_NETLINK, libc::SOCK_RAW, 12]),
            failing(libc::EPERM)
        );
    }

    #[test]
    fn no_verdict_takes_the_kernel_long() {
        let Filter(program) = Filter::new();
        let longest = (0..1024).map(|call| steps(&program, call)).max();
        assert!(longest < Some(60), "{longest:?}");
        assert!(program.len() < 4096);
    }

    fn steps(program: &BpfProgram, call: u32) -> usize {
        evaluate(program, program[1].k, call, [u32::MAX; 6]).1
    }
}
