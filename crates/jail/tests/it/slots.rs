//! Jails that come one after another in the same slot, and guests that run before their jail is furnished.

use std::fs;

use jail::{Ending, Jail, Limits, Mount, NetworkMode};

use crate::Test;
use crate::house::{House, MIB, python, sh, spec, start, wait};
use crate::network::{on_own_machine, serve_in_world};

pub(crate) const TESTS: &[Test] = &[
    ("a_jail_in_a_used_slot_finds_nothing_of_the_jail_before", used_slot),
    ("limits_of_the_jail_before_do_not_stay", limits),
    ("a_tmp_is_used_again_only_if_nothing_was_written", used_tmp),
    ("a_slot_whose_network_was_used_is_given_up", used_network),
    ("a_slot_whose_sockets_the_server_keeps_is_given_up", kept_sockets),
    ("a_jail_whose_guest_cannot_run_still_ends_at_once_when_destroyed", slowed_down),
    ("a_running_guest_sees_what_is_mounted_later", furnished_later),
    ("more_jails_than_slots_are_ready_all_get_one", many),
];

/// The host's user of a jail's guests, which tells slots apart.
fn slot_of(jail: &Jail) -> String {
    sh(jail, "read inside outside count < /proc/self/uid_map; echo $outside").output
}

/// Makes jails until one has this slot; `None` if a good number of them have others.
fn jail_in(house: &House, slot: &str, network: NetworkMode) -> Option<Jail> {
    let mut others = Vec::new();
    for number in 0..8 {
        let jail = house.jail_with(&format!("next-{number}"), 256, network);
        if slot_of(&jail) == slot {
            return Some(jail);
        }
        others.push(jail);
    }
    None
}

/// Leaves as much as a guest can, and uses memory and processor time.
const LITTER: &str = r"
import ctypes, os, socket, subprocess
libc = ctypes.CDLL(None)
assert libc.shmget(4711, 4096, 0o1666) != -1
assert libc.msgget(4711, 0o1666) != -1
assert libc.semget(4711, 1, 0o1666) != -1
assert libc.mq_open(b'/litter', os.O_CREAT | os.O_RDWR, 0o666, None) != -1
open('/tmp/litter', 'w').write('x' * 100000)
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    abstract = socket.socket(socket.AF_UNIX, kind); abstract.bind('\0litter%d' % kind)
server = socket.create_server(('127.0.0.1', 8080))
# The side that closes first waits for stragglers of its connection.
client = socket.create_connection(('127.0.0.1', 8080)); accepted = server.accept()[0]
client.close(); accepted.close()
open_pair = socket.create_connection(('127.0.0.1', 8080)), server.accept()[0]
# Sockets on their way in each other are nobody's.
one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
socket.send_fds(one, [b'x'], [one.fileno(), server.fileno()]); socket.send_fds(two, [b'x'], [two.fileno()])
for i in range(3): subprocess.Popen(['setsid', 'sleep', '1000'])
memory = bytearray(150 << 20)
for i in range(3000000): pass
print(len(memory), flush=True)
import time; time.sleep(1000)
";

/// Prints whatever a guest can find of others.
const SEARCH: &str = r"
import glob, os
print('pid', os.getpid() < 10)
for kind in ('shm', 'msg', 'sem'): print(kind, len(open(f'/proc/sysvipc/{kind}').readlines()))
import ctypes
libc = ctypes.CDLL(None)
print('queue', libc.mq_open(b'/litter', os.O_RDWR))
print('tmp', os.path.exists('/tmp/litter'), os.access('/tmp', os.W_OK))
print('unix', [line for line in open('/proc/net/unix') if '@' in line])
print('tcp', [l.split()[1:4] for l in open('/proc/net/tcp').readlines()[1:] if ':2329' not in l.split()[1]])
print('processes', [p for p in glob.glob('/proc/[0-9]*') if p != f'/proc/{os.getpid()}'])
print('mounts', [l.split()[4] for l in open('/proc/self/mountinfo') if l.split()[4] in ('/tmp', '/var/task', '/opt')])
";

fn used_slot() {
    let house = House::new();
    let code = house.dir.path().join("code");
    fs::create_dir(&code).unwrap();
    let first = house.jail("first");
    first.set_tmp(32 * MIB).unwrap();
    first.mount(&[Mount::bind(&code, "/var/task"), Mount::bind(&code, "/opt")]).unwrap();
    let slot = slot_of(&first);
    let mut guest = start(&first, &["/usr/bin/python3", "-I", "-c", LITTER]).unwrap();
    assert_eq!(guest.line(), (150 * MIB).to_string());
    assert!(first.usage().unwrap().peak_memory_bytes > 150 * MIB);
    drop(first.take_listener());
    first.destroy().unwrap();

    let second = jail_in(&house, &slot, NetworkMode::None).unwrap();
    let usage = second.usage().unwrap();
    assert!(usage.peak_memory_bytes < 32 * MIB && usage.cpu_us < 100_000, "{usage:?}");
    assert_eq!((usage.oom_kills, usage.pids), (0, 1));
    let found = "pid True\nshm 1\nmsg 1\nsem 1\nqueue -1\ntmp False False\nunix []\ntcp []\nprocesses []\nmounts []\n";
    assert_eq!(python(&second, SEARCH).output, found);
}

fn limits() {
    let house = House::new();
    let first = house.jail_with("first", 64, NetworkMode::None);
    let slot = slot_of(&first);
    assert!(python(&first, "bytearray(100<<20)").oom_killed);
    first.set_limits(&Limits { pids: 3, ..Limits::for_memory(64 * MIB) }).unwrap();
    drop(first.take_listener());
    first.destroy().unwrap();
    let second = jail_in(&house, &slot, NetworkMode::None).unwrap();
    let outcome =
        sh(&second, "true | true | true | head -c 100000000 /dev/zero | tail -c 99999999 | wc -c");
    assert_eq!((outcome.output.as_str(), outcome.oom_killed), ("99999999\n", false));
    let outcome = sh(&second, "kill -9 $$");
    assert!(!outcome.oom_killed, "the kill in the jail before was counted again");
}

/// The device behind a jail's `/tmp`, which tells file systems apart.
fn device_of_tmp(jail: &Jail) -> String {
    sh(jail, "stat -c %d /tmp").output
}

fn used_tmp() {
    let house = House::new();
    let with_tmp = |name: &str| {
        let jail = house.jail(name);
        jail.set_tmp(24 * MIB).unwrap();
        jail
    };
    let reader = with_tmp("reader");
    sh(&reader, "ls -la /tmp; cat /tmp/x; cd /tmp; find .");
    let read = device_of_tmp(&reader);
    reader.destroy().unwrap();

    // More than are ever made ahead, so that one of them gets what only was read.
    let writers: Vec<_> = (0..6).map(|number| with_tmp(&format!("writer-{number}"))).collect();
    assert!(writers.iter().any(|jail| device_of_tmp(jail) == read), "{read}");
    let python = "python3 -Ic 'import os; f=os.open(\"/tmp\", os.O_TMPFILE|os.O_RDWR); os.write(f, b\"x\"*99999); os.utime(\"/tmp\")'";
    let deeds = ["touch /tmp/x; rm /tmp/x", "mkdir -p /tmp/a/b; echo secret > /tmp/a/b/c", python];
    for (jail, deed) in writers.iter().zip(deeds.into_iter().cycle()) {
        assert_eq!(sh(jail, deed).ending, Ending::Code(0));
    }
    drop(writers);

    let next: Vec<_> = (0..6).map(|number| with_tmp(&format!("next-{number}"))).collect();
    for jail in &next {
        let age = "import os, time; s=os.stat('/tmp'); v=os.statvfs('/tmp'); \
                   print(os.listdir('/tmp'), s.st_nlink, v.f_files-v.f_ffree)";
        assert_eq!(crate::house::python(jail, age).output, "[] 2 10\n");
    }
    // A second one leaves the first to whoever still has a file open in it.
    let mut guest = start(
        &next[0],
        &["/bin/sh", "-c", "exec 3>/tmp/old; echo ready; read x; echo y >&3 && echo written"],
    )
    .unwrap();
    assert_eq!(guest.line(), "ready");
    next[0].set_tmp(24 * MIB).unwrap();
    guest.say("\n");
    assert_eq!(guest.line(), "written");
    assert_eq!(sh(&next[0], "ls /tmp").output, "");
}

fn used_network() {
    on_own_machine(|net| {
        let house = House::with_network();
        let idle = house.jail_with("idle", 256, NetworkMode::Outbound);
        let user = house.jail_with("user", 256, NetworkMode::Outbound);
        let (idle_slot, user_slot) = (slot_of(&idle), slot_of(&user));
        let (_server, port) = serve_in_world(net);
        let program = format!(
            "import socket; socket.create_connection(('203.0.113.2',{port})); print('connected')"
        );
        assert_eq!(python(&user, &program).output, "connected\n");
        for jail in [idle, user] {
            drop(jail.take_listener());
            jail.destroy().unwrap();
        }
        assert!(jail_in(&house, &user_slot, NetworkMode::Outbound).is_none());
        assert!(jail_in(&house, &idle_slot, NetworkMode::Outbound).is_some());
    });
}

fn kept_sockets() {
    let house = House::new();
    let first = house.jail("first");
    let slot = slot_of(&first);
    let _kept = first.take_listener().unwrap();
    // Its end does not wait for the server's sockets.
    first.destroy().unwrap();
    assert!(jail_in(&house, &slot, NetworkMode::None).is_none());
}

fn slowed_down() {
    let house = House::new();
    let jail = house.jail("one");
    jail.set_limits(&Limits { cpu: jail::CpuLimit::Millis(1), ..Limits::for_memory(256 * MIB) })
        .unwrap();
    let count = "echo ready; for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait";
    let mut guest = start(&jail, &["/bin/sh", "-c", count]).unwrap();
    assert_eq!(guest.line(), "ready");
    jail.kill_all().unwrap();
    assert_eq!(wait(&jail, guest.pid).0, Ending::Signal(9));
    let mut guest = start(&jail, &["/bin/sh", "-c", count]).unwrap();
    assert_eq!(guest.line(), "ready");
    jail.freeze().unwrap();
    jail.destroy().unwrap();
}

fn furnished_later() {
    let house = House::new();
    let code = house.dir.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::write(code.join("handler"), "handler").unwrap();
    let jail = house.jail_with("one", 64, NetworkMode::None);
    let program = r"
import os, sys
print('ready', flush=True)
sys.stdin.readline()
for place in ('/var/task', '/opt', '/var/runtime'): print(open(place + '/handler').read())
open('/tmp/x', 'w').write('x'); os.chdir('/var/task'); print(os.listdir('.'))
x = bytearray(100 << 20); print(len(x))
";
    let mut guest = start(&jail, &["/usr/bin/python3", "-I", "-c", program]).unwrap();
    assert_eq!(guest.line(), "ready");
    let before = jail.usage().unwrap();
    jail.set_limits(&Limits::for_memory(512 * MIB)).unwrap();
    let places = ["/var/task", "/opt", "/var/runtime"];
    jail.mount(&places.map(|place| Mount::bind(&code, place))).unwrap();
    jail.set_tmp(16 * MIB).unwrap();
    let after = jail.usage().unwrap();
    assert!(after.peak_memory_bytes < before.peak_memory_bytes + 4 * MIB, "{before:?} {after:?}");
    guest.say("\n");
    let outcome = guest.finish(&jail);
    let expected = format!("{}['handler']\n{}\n", "handler\n".repeat(3), 100 * MIB);
    assert_eq!((outcome.output, outcome.ending), (expected, Ending::Code(0)));
}

fn many() {
    let house = House::new();
    house.spawner.keep_ready(3).unwrap();
    let jails: Vec<_> = (0..24).map(|number| house.jail(&format!("jail-{number}"))).collect();
    let slots: std::collections::BTreeSet<_> = jails.iter().map(slot_of).collect();
    assert_eq!(slots.len(), jails.len());
    // A name is free again as soon as its jail has ended.
    drop(jails);
    for _ in 0..5 {
        house.spawner.create(&spec("jail-0", 256, NetworkMode::None)).unwrap();
    }
}
