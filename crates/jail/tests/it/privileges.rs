//! Gaining privileges, or doing what only the privileged may.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jail::{Ending, Mount};

use crate::Test;
use crate::house::{House, MIB, python, run};

pub(crate) const TESTS: &[Test] = &[
    ("calls_that_reach_outside_are_refused", refused_calls),
    ("sockets_below_the_ordinary_ones_are_refused", refused_sockets),
    ("calls_programs_do_without_seem_not_to_exist", absent_calls),
    ("set_user_id_programs_give_no_rights", set_user_id),
    ("the_only_user_is_the_guest_user", only_user),
    ("the_process_that_watches_over_a_jail_is_out_of_reach", watcher),
];

/// Calls the kernel directly and prints the name of the error.
const CALL: &str = r"
import ctypes, errno, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(number, *args)
    print(name, 'done' if result != -1 else errno.errorcode[ctypes.get_errno()])
arm = platform.machine() == 'aarch64'
def nr(x86, generic): return generic if arm else x86
";

fn refused_calls() {
    let house = House::new();
    let jail = house.jail("one");
    let program = format!(
        "{CALL}
call('ptrace', nr(101,117), 0, 0, 0, 0)
call('process_vm_readv', nr(310,270), os.getpid(), 0, 0, 0, 0, 0)
call('mount', nr(165,40), b'none', b'/tmp', b'tmpfs', 0, 0)
call('umount2', nr(166,39), b'/usr', 2)
call('pivot_root', nr(155,41), b'/', b'/')
call('chroot', nr(161,51), b'/tmp')
call('open_tree', 428, -100, b'/', 1)
call('fsopen', 430, b'tmpfs', 0)
call('unshare user', nr(272,97), 0x10000000)
call('unshare net', nr(272,97), 0x40000000)
call('setns', nr(308,268), 0, 0)
call('clone user', nr(56,220), 0x10000000 | 17, 0, 0, 0, 0)
call('clone pid', nr(56,220), 0x20000000 | 17, 0, 0, 0, 0)
call('bpf', nr(321,280), 0, 0, 0)
call('perf_event_open', nr(298,241), 0, 0, -1, -1, 0)
call('add_key', nr(248,217), b'user', b'x', b'x', 1, -3)
call('keyctl', nr(250,219), 0, -3, 0)
call('open_by_handle_at', nr(304,265), -100, 0, 0)
call('kexec_load', nr(246,104), 0, 0, 0, 0)
call('init_module', nr(175,105), 0, 0, b'')
call('reboot', nr(169,142), 0, 0, 0, 0)
call('swapon', nr(167,224), b'/tmp/x', 0)
call('settimeofday', nr(164,170), 0, 0)
call('sethostname', nr(170,161), b'x', 1)
call('iopl or pidfd_getfd', nr(172,438), 3, 0, 0)
"
    );
    let outcome = python(&jail, &program);
    let lines: Vec<_> = outcome.output.lines().collect();
    assert_eq!(lines.len(), 25, "{}", outcome.output);
    for line in lines {
        assert!(line.ends_with(" EPERM"), "{line}");
    }
}

fn refused_sockets() {
    let house = House::new();
    let jail = house.jail("one");
    let program = r"
import socket, errno
def attempt(name, *args):
    try: socket.socket(*args); print(name, 'done')
    except OSError as e: print(name, errno.errorcode[e.errno])
attempt('raw', socket.AF_INET, socket.SOCK_RAW, 1)
attempt('raw with flags', socket.AF_INET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 255)
attempt('packet', 17, socket.SOCK_RAW, 3)
attempt('packet datagram', 17, socket.SOCK_DGRAM, 3)
attempt('vsock', 40, socket.SOCK_STREAM, 0)
attempt('alg', 38, socket.SOCK_SEQPACKET, 0)
attempt('netfilter', 16, socket.SOCK_RAW, 12)
attempt('uevents', 16, socket.SOCK_DGRAM, 15)
attempt('routing', 16, socket.SOCK_RAW, 0)
attempt('tcp', socket.AF_INET, socket.SOCK_STREAM, 0)
attempt('udp', socket.AF_INET, socket.SOCK_DGRAM, 0)
attempt('unix', socket.AF_UNIX, socket.SOCK_STREAM, 0)
";
    let expected = "raw EPERM\nraw with flags EPERM\npacket EPERM\npacket datagram EPERM\nvsock EPERM\nalg EPERM\n\
                    netfilter EPERM\nuevents EPERM\nrouting done\ntcp done\nudp done\nunix done\n";
    assert_eq!(python(&jail, program).output, expected);
}

fn absent_calls() {
    let house = House::new();
    let jail = house.jail("one");
    let program = format!("{CALL}\ncall('clone3', 435, 0, 0)\ncall('io_uring_setup', 425, 1, 0)\n");
    assert_eq!(python(&jail, &program).output, "clone3 ENOSYS\nio_uring_setup ENOSYS\n");
}

fn set_user_id() {
    let house = House::new();
    let code = house.dir.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::copy("/usr/bin/id", code.join("id")).unwrap();
    fs::set_permissions(code.join("id"), fs::Permissions::from_mode(0o6755)).unwrap();
    let jail = house.jail("one");
    jail.mount(&[Mount::bind(&code, "/var/task")]).unwrap();
    jail.set_tmp(16 * MIB).unwrap();
    let outcome = run(&jail, &["/var/task/id", "-u"]);
    assert_eq!((outcome.output.as_str(), outcome.ending), ("993\n", Ending::Code(0)));
    let outcome = run(
        &jail,
        &["/bin/sh", "-c", "cp /usr/bin/id /tmp/id && chmod 6755 /tmp/id && /tmp/id -u"],
    );
    assert_eq!(outcome.output, "993\n");
}

fn only_user() {
    let house = House::new();
    let jail = house.jail("one");
    let program = r"
import os
for name, act in [('root', lambda: os.setuid(0)), ('groups', lambda: os.setgroups([0])), ('gid', lambda: os.setgid(0)),
                  ('nice', lambda: os.nice(-5)), ('map', lambda: os.write(os.open('/proc/self/uid_map',os.O_WRONLY), b'0 0 1'))]:
    try: act(); print(name, 'done')
    except OSError: pass
print(open('/proc/self/uid_map').read().split()[0], open('/proc/self/uid_map').read().split()[2])
";
    assert_eq!(python(&jail, program).output, "993 1\n");
    // Each jail's guests are users of their own on the host, so no jail shares a user's quotas or files with another.
    let other = house.jail("two");
    let user = "print(open('/proc/self/uid_map').read().split()[1])";
    let (mine, theirs) = (python(&jail, user).output, python(&other, user).output);
    assert_ne!(mine, theirs);
    assert!(mine.trim().parse::<u32>().unwrap() > 1_000_000_000, "{mine}");
}

fn watcher() {
    let house = House::new();
    let jail = house.jail("one");
    let program = r"
import os, signal
for path in ('mem', 'environ', 'fd', 'root', 'ns/net', 'maps', 'oom_score_adj'):
    try: os.stat(f'/proc/1/{path}'); print('seen', path)
    except OSError: pass
for sig in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
    try: os.kill(1, sig); print('signalled')
    except OSError: pass
# Nor can a guest make itself the last to be killed when memory is short.
print(int(open('/proc/self/oom_score_adj').read()) >= 0)
try:
    with open('/proc/self/oom_score_adj', 'w') as f: f.write('-1')
    print('protected')
except OSError: pass
try: os.kill(-1, signal.SIGCONT); print('signalled someone')
except ProcessLookupError: pass
";
    let outcome = python(&jail, program);
    assert_eq!((outcome.output.as_str(), outcome.ending), ("True\n", Ending::Code(0)));
    assert_eq!(run(&jail, &["/bin/true"]).ending, Ending::Code(0), "the jail must still be usable");
}
