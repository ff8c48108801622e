//! Using more than allowed.

use jail::{CpuLimit, DEFAULT_PIDS, Ending, Limits, NetworkMode};

use crate::Test;
use crate::house::{House, MIB, python, run, sh, start, wait};

pub(crate) const TESTS: &[Test] = &[
    ("using_up_the_memory_kills_the_guest_and_is_reported", memory),
    ("being_killed_is_not_mistaken_for_using_up_the_memory", killed),
    ("limits_can_be_changed_while_the_jail_lives", changed_limits),
    ("a_fork_bomb_ends_at_the_process_limit", fork_bomb),
    ("processor_time_is_held_to_its_share", processor_share),
    ("a_frozen_guest_makes_no_progress_and_goes_on_after_thawing", freezing),
    ("open_files_and_core_dumps_are_limited", resource_limits),
];

const EAT: &str = "x=bytearray(512<<20); print(len(x))";

fn memory() {
    let house = House::new();
    let jail = house.jail_with("one", 128, NetworkMode::None);
    let outcome = python(&jail, EAT);
    assert_eq!((outcome.ending, outcome.oom_killed), (Ending::Signal(9), true), "{outcome:?}");
    assert_eq!(outcome.output, "");
    let usage = jail.usage().unwrap();
    assert!(usage.oom_kills >= 1 && usage.peak_memory_bytes <= 128 * MIB, "{usage:?}");
    assert_eq!(run(&jail, &["/bin/true"]).ending, Ending::Code(0), "the jail must still be usable");
}

fn killed() {
    let house = House::new();
    let jail = house.jail("one");
    assert!(python(&jail, EAT).oom_killed);
    let outcome = sh(&jail, "kill -9 $$");
    assert_eq!((outcome.ending, outcome.oom_killed), (Ending::Signal(9), false));
}

fn changed_limits() {
    let house = House::new();
    let jail = house.jail_with("one", 64, NetworkMode::None);
    jail.set_limits(&Limits::for_memory(1024 * MIB)).unwrap();
    let outcome = python(&jail, EAT);
    assert_eq!((outcome.output.as_str(), outcome.ending), ("536870912\n", Ending::Code(0)));
    jail.set_limits(&Limits::for_memory(128 * MIB)).unwrap();
    assert!(python(&jail, EAT).oom_killed);
}

fn fork_bomb() {
    let house = House::new();
    let jail = house.jail("one");
    let mut limits = Limits::for_memory(256 * MIB);
    limits.pids = 64;
    limits.cpu = CpuLimit::Unlimited;
    jail.set_limits(&limits).unwrap();
    let program = r"
import os, errno
n = 0
while True:
    try:
        if os.fork() == 0:
            os.read(0, 1); os._exit(0)
        n += 1
    except OSError as e:
        print(n, errno.errorcode[e.errno], flush=True); break
os.read(0, 1)
";
    let mut guest = start(&jail, &["/usr/bin/python3", "-I", "-c", program]).unwrap();
    // One of the allowed is the jail's own process, one the guest itself.
    assert_eq!(guest.line(), "62 EAGAIN");
    assert!(jail.usage().unwrap().pids <= 64);
    jail.kill_all().unwrap();
    assert_eq!(wait(&jail, guest.pid).0, Ending::Signal(9));
    assert_eq!(jail.usage().unwrap().pids, 1);
    assert_eq!(run(&jail, &["/bin/true"]).ending, Ending::Code(0));
    assert_eq!(Limits::for_memory(MIB).pids, DEFAULT_PIDS);
}

fn processor_share() {
    let house = House::new();
    let jail = house.jail("one");
    let mut limits = Limits::for_memory(256 * MIB);
    limits.cpu = CpuLimit::Millis(100);
    jail.set_limits(&limits).unwrap();
    // Compares processor time with time passed, so a busy machine cannot make it fail.
    let program = r"
import time
t, c = time.monotonic(), time.process_time()
while time.monotonic() - t < 1: pass
print(time.process_time() - c < 0.25 * (time.monotonic() - t))
";
    assert_eq!(python(&jail, program).output, "True\n");
}

fn freezing() {
    let house = House::new();
    let jail = house.jail("one");
    let count = "n=0; echo ready; while :; do n=$((n+1)); done";
    let mut guest = start(&jail, &["/bin/sh", "-c", count]).unwrap();
    assert_eq!(guest.line(), "ready");
    jail.freeze().unwrap();
    // Another guest's work stands for time passing. Freezing takes effect soon, but not within the call.
    let other = house.jail("two");
    let stood_still = || {
        let before = jail.usage().unwrap().cpu_us;
        python(&other, "for i in range(2000000): pass");
        jail.usage().unwrap().cpu_us == before
    };
    assert!((0..5).any(|_| stood_still()), "the frozen guest goes on");
    let frozen = jail.usage().unwrap().cpu_us;
    jail.thaw().unwrap();
    while jail.usage().unwrap().cpu_us <= frozen + 1000 {
        std::thread::yield_now();
    }
    // A frozen jail can be ended.
    jail.freeze().unwrap();
    jail.destroy().unwrap();
}

fn resource_limits() {
    let house = House::new();
    let jail = house.jail("one");
    let program = "import resource as r; print(r.getrlimit(r.RLIMIT_NOFILE), r.getrlimit(r.RLIMIT_CORE), \
                   r.getrlimit(r.RLIMIT_NPROC), r.getrlimit(r.RLIMIT_STACK)[0], r.getrlimit(r.RLIMIT_MEMLOCK)[0])";
    assert_eq!(python(&jail, program).output, "(1024, 1024) (1, 1) (1024, 1024) 8388608 65536\n");
}
