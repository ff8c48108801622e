//! Nothing a jail took may be left, however it or those around it end.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jail::{InstanceId, Jail, JailEvent, NetworkMode, Spawner, SpawnerConfig};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use crate::Test;
use crate::house::{House, MIB, fresh_instance, next_event, spec, start};
use crate::network::on_own_machine;

pub(crate) const TESTS: &[Test] = &[
    ("nothing_is_left_of_a_destroyed_jail", destroyed),
    ("nothing_is_left_of_a_jail_whose_making_failed", failed),
    ("nothing_is_left_when_the_server_is_killed", server_killed),
    ("jails_die_with_the_spawner_and_the_next_start_sweeps", spawner_killed),
    ("the_sweep_leaves_other_instances_alone", other_instances),
    ("a_second_server_of_the_same_instance_waits_for_the_first", same_instance),
];

/// Asks this program to be a server with living jails until it is killed.
const DOOMED_SERVER: &str = "doomed-server";

/// What is there of an instance on this machine, in words.
fn traces(instance: &InstanceId, dir: &Path) -> Vec<String> {
    let mut traces = Vec::new();
    let name = format!("lambkin-{instance}");
    find_directories(Path::new("/sys/fs/cgroup"), &name, &mut traces);
    let dir = dir.to_str().unwrap();
    for device in fs::read_dir("/sys/block").unwrap().flatten() {
        let backing =
            fs::read_to_string(device.path().join("loop/backing_file")).unwrap_or_default();
        if backing.starts_with(dir) {
            traces.push(format!("{} shows {backing}", device.path().display()));
        }
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    traces.extend(mounts.lines().filter(|line| line.contains(dir)).map(str::to_owned));
    let scratch = fs::read_dir(Path::new(dir).join("scratch")).unwrap().flatten();
    traces.extend(scratch.map(|entry| entry.path().display().to_string()));
    traces.extend(
        processes_using(&Path::new(dir).join("run/spawner.lock"))
            .iter()
            .map(|pid| format!("process {pid}")),
    );
    traces
}

fn find_directories(dir: &Path, name: &str, found: &mut Vec<String>) {
    for entry in
        fs::read_dir(dir).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir())
    {
        if entry.file_name().to_str() == Some(name) {
            found.push(entry.path().display().to_string());
        } else {
            find_directories(&entry.path(), name, found);
        }
    }
}

/// The spawner's processes that have a file open; this program's own, just being started, are none of them.
fn processes_using(file: &Path) -> Vec<i32> {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let uses = |pid: &i32| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let mut fds = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        name.starts_with("lambkin")
            && fds.any(|fd| fs::read_link(fd.path()).is_ok_and(|target| target == file))
    };
    pids.filter(uses).collect()
}

/// How many links to jails the test's machine has.
fn links() -> usize {
    let table = fs::read_to_string("/proc/thread-self/net/dev").unwrap();
    table.lines().filter(|line| line.trim_start().starts_with("lk")).count()
}

fn busy(house: &House, name: &str) -> Jail {
    let jail = house.jail_with(name, 128, NetworkMode::Outbound);
    jail.set_tmp(32 * MIB).unwrap();
    let mut guest =
        start(&jail, &["/bin/sh", "-c", "(setsid sleep 1000 &); echo x > /tmp/x; echo ready; cat"])
            .unwrap();
    assert_eq!(guest.line(), "ready");
    jail
}

fn destroyed() {
    on_own_machine(|_net| {
        let house = House::with_network();
        let id = house.instance.clone();
        let frozen = busy(&house, "frozen");
        let dropped = busy(&house, "dropped");
        assert!(links() >= 2);
        frozen.freeze().unwrap();
        frozen.destroy().unwrap();
        drop(dropped);
        let House { spawner, dir, .. } = house;
        spawner.stop().unwrap();
        assert_eq!(traces(&id, dir.path()), Vec::<String>::new());
        assert_eq!(links(), 0);
    });
}

fn failed() {
    on_own_machine(|_net| {
        let house = House::with_network();
        let mut impossible = spec("one", 128, NetworkMode::Outbound);
        impossible.limits.pids = u32::MAX;
        house.spawner.create(&impossible).unwrap_err();
        // The name is free again, and so is everything else.
        house.jail("one").destroy().unwrap();
        let House { spawner, dir, instance } = house;
        spawner.stop().unwrap();
        assert_eq!(traces(&instance, dir.path()), Vec::<String>::new());
    });
}

/// Turns this process into a server that has jails until it is killed, if it was started for that.
pub(crate) fn be_a_doomed_server_if_asked() {
    let args: Vec<_> = std::env::args().collect();
    let [name, dir, instance] = args.as_slice() else { return };
    if name != DOOMED_SERVER {
        return;
    }
    let spawner = Spawner::start(&SpawnerConfig::new(instance.parse().unwrap(), dir)).unwrap();
    let jails: Vec<_> = ["one", "two"]
        .map(|name| spec(name, 128, NetworkMode::Outbound))
        .iter()
        .map(|spec| spawner.create(spec).unwrap())
        .collect();
    for jail in &jails {
        jail.set_tmp(32 * MIB).unwrap();
        start(jail, &["/bin/sleep", "1000"]).unwrap();
    }
    jails[0].freeze().unwrap();
    std::io::stdout().write_all(b"ready\n").unwrap();
    let _until_killed = std::io::stdin().lines().count();
}

fn doomed_server(dir: &Path, instance: &InstanceId) -> Child {
    #[expect(clippy::disallowed_methods, reason = "the test needs a process that it can kill")]
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0(DOOMED_SERVER)
        .arg(dir)
        .arg(instance.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

fn server_killed() {
    on_own_machine(|_net| {
        let dir = tempfile::tempdir().unwrap();
        let instance = fresh_instance();
        let mut server = doomed_server(dir.path(), &instance);
        assert!(!traces(&instance, dir.path()).is_empty());
        server.kill().unwrap();
        server.wait().unwrap();
        await_spawners_end(dir.path());
        assert_eq!(traces(&instance, dir.path()), Vec::<String>::new());
        assert_eq!(links(), 0);
    });
}

/// The spawner holds this lock until it has given back everything.
fn await_spawners_end(dir: &Path) {
    let lock = File::open(dir.join("run/spawner.lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
}

fn spawner_killed() {
    on_own_machine(|_net| {
        let house = House::with_network();
        let (running, frozen) = (busy(&house, "running"), busy(&house, "frozen"));
        frozen.freeze().unwrap();
        let lock = house.dir.path().join("run/spawner.lock");
        let [spawner] = processes_using(&lock)[..] else { panic!("one spawner holds the lock") };
        kill_process(Pid::from_raw(spawner).unwrap(), Signal::KILL).unwrap();
        await_gone(&running);
        let House { instance, dir, spawner } = house;
        assert!(spawner.create(&spec("more", 128, NetworkMode::None)).is_err());
        spawner.stop().unwrap_err();

        let again = House::in_dir(dir, instance.clone(), true);
        await_gone(&frozen);
        again.jail("running").destroy().unwrap();
        let House { spawner, dir, .. } = again;
        spawner.stop().unwrap();
        assert_eq!(traces(&instance, dir.path()), Vec::<String>::new());
    });
}

/// Waits until the jail as a whole has gone.
fn await_gone(jail: &Jail) {
    while next_event(jail) != JailEvent::Gone {}
}

fn other_instances() {
    on_own_machine(|_net| {
        let other = House::with_network();
        let theirs = busy(&other, "theirs");
        let mine = House::with_network();
        let House { spawner, dir, instance } = mine;
        spawner.stop().unwrap();
        let stale: Vec<PathBuf> = stale_groups(&other, &instance);
        let mine = House::in_dir(dir, instance, true);
        for path in stale {
            assert!(!path.exists(), "{} should have been swept", path.display());
        }
        let mut guest = start(&theirs, &["/bin/sh", "-c", "cat /tmp/x; echo alive"]).unwrap();
        assert_eq!((guest.line(), guest.line()), ("x".to_owned(), "alive".to_owned()));
        drop(mine);
    });
}

/// Makes groups as a run that was killed would have left them, next to those of a living instance.
fn stale_groups(living: &House, instance: &InstanceId) -> Vec<PathBuf> {
    let bases = traces(&living.instance, living.dir.path())
        .into_iter()
        .filter(|trace| trace.starts_with("/sys/fs/cgroup"));
    let stale: Vec<_> = bases
        .map(|base| PathBuf::from(base).with_file_name(format!("lambkin-{instance}")).join("old"))
        .collect();
    assert!(!stale.is_empty());
    for path in &stale {
        fs::create_dir_all(path).unwrap();
    }
    stale
}

fn same_instance() {
    on_own_machine(|_net| {
        let House { spawner, dir, instance } = House::with_network();
        let again = std::thread::scope(|scope| {
            let config = SpawnerConfig::new(instance, dir.path());
            let second = scope.spawn(move || Spawner::start(&config));
            spawner.stop().unwrap();
            second.join().unwrap().unwrap()
        });
        again.create(&spec("one", 128, NetworkMode::None)).unwrap().destroy().unwrap();
    });
}
