//! A spawner of its own for every test, and guests that are ordinary programs of the host.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use jail::{
    Ending, ExecError, ExecSpec, GuestPid, InstanceId, Jail, JailEvent, JailSpec, Limits,
    NetworkMode, Spawner, SpawnerConfig,
};
use rustix::event::{PollFd, PollFlags, poll};
use tempfile::TempDir;

pub(crate) const MIB: u64 = 1024 * 1024;

/// A running spawner and the directory it uses.
pub(crate) struct House {
    pub(crate) instance: InstanceId,
    pub(crate) dir: TempDir,
    pub(crate) spawner: Spawner,
}

/// What became of a guest.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) output: String,
    pub(crate) ending: Ending,
    pub(crate) oom_killed: bool,
}

/// A guest that runs, with its output not yet read.
pub(crate) struct Running {
    pub(crate) pid: GuestPid,
    pub(crate) output: io::PipeReader,
    pub(crate) input: Option<io::PipeWriter>,
}

/// A name no other test has, in this process or another.
pub(crate) fn fresh_instance() -> InstanceId {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("test-{}-{number}", std::process::id()).parse().unwrap()
}

// === impl House ===

impl House {
    /// Leaves the machine's network alone.
    pub(crate) fn new() -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), fresh_instance(), false)
    }

    /// Lets jails out; belongs on a machine of the test's own.
    pub(crate) fn with_network() -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), fresh_instance(), true)
    }

    pub(crate) fn in_dir(dir: TempDir, instance: InstanceId, outbound: bool) -> Self {
        let mut config = SpawnerConfig::new(instance.clone(), dir.path());
        config.network.outbound = outbound;
        // Enough to meet slots made ahead, and few because many tests run at once.
        config.slots.ready = 1;
        let spawner = Spawner::start(&config).unwrap();
        Self { instance, dir, spawner }
    }

    /// A jail with plenty of everything and no network.
    pub(crate) fn jail(&self, name: &str) -> Jail {
        self.jail_with(name, 256, NetworkMode::None)
    }

    pub(crate) fn jail_with(&self, name: &str, memory_mib: u64, network: NetworkMode) -> Jail {
        self.spawner.create(&spec(name, memory_mib, network)).unwrap()
    }
}

pub(crate) fn spec(name: &str, memory_mib: u64, network: NetworkMode) -> JailSpec {
    let limits = Limits { cpu: jail::CpuLimit::Unlimited, ..Limits::for_memory(memory_mib * MIB) };
    JailSpec { id: name.parse().unwrap(), limits, network }
}

/// Starts a program without waiting for its end.
pub(crate) fn start(jail: &Jail, argv: &[&str]) -> Result<Running, ExecError> {
    start_in(jail, argv, Path::new("/"))
}

pub(crate) fn start_in(jail: &Jail, argv: &[&str], cwd: &Path) -> Result<Running, ExecError> {
    let (output, output_writer) = io::pipe().unwrap();
    let (input_reader, input) = io::pipe().unwrap();
    let spec = ExecSpec {
        argv: argv.iter().map(|&arg| arg.to_owned()).collect(),
        env: vec![("PATH".to_owned(), "/usr/bin:/bin:/usr/sbin:/sbin".to_owned())],
        cwd: cwd.to_owned(),
        fds: vec![
            (input_reader.as_fd(), 0),
            (output_writer.as_fd(), 1),
            (output_writer.as_fd(), 2),
        ],
    };
    let pid = jail.exec(&spec)?;
    Ok(Running { pid, output, input: Some(input) })
}

/// Runs a program to its end.
pub(crate) fn run(jail: &Jail, argv: &[&str]) -> Outcome {
    start(jail, argv).unwrap().finish(jail)
}

/// Runs a shell script to its end.
pub(crate) fn sh(jail: &Jail, script: &str) -> Outcome {
    run(jail, &["/bin/sh", "-c", script])
}

/// Runs a Python program to its end.
pub(crate) fn python(jail: &Jail, program: &str) -> Outcome {
    run(jail, &["/usr/bin/python3", "-I", "-c", program])
}

/// Waits for the next event.
pub(crate) fn next_event(jail: &Jail) -> JailEvent {
    loop {
        if let Some(event) = jail.try_next_event().unwrap() {
            return event;
        }
        poll(&mut [PollFd::new(jail, PollFlags::IN)], None).unwrap();
    }
}

// === impl Running ===

impl Running {
    /// Reads everything the guest writes, then waits for its end.
    pub(crate) fn finish(mut self, jail: &Jail) -> Outcome {
        drop(self.input.take());
        let mut output = String::new();
        self.output.read_to_string(&mut output).unwrap();
        let (ending, oom_killed) = wait(jail, self.pid);
        Outcome { output, ending, oom_killed }
    }

    /// Waits until the guest has written one line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while self.output.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
            line.extend(byte);
        }
        String::from_utf8(line).unwrap()
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }
}

/// Waits for the end of one program, ignoring those of others.
pub(crate) fn wait(jail: &Jail, wanted: GuestPid) -> (Ending, bool) {
    loop {
        match next_event(jail) {
            JailEvent::Exited { pid, ending, oom_killed } if pid == wanted => {
                return (ending, oom_killed);
            }
            JailEvent::Exited { .. } => {}
            JailEvent::Gone => panic!("the jail has gone before its guest"),
        }
    }
}
