//! Makes, uses and destroys jails for a while, and says what that cost next to starting the same program without one.
//!
//! `churn SECONDS THREADS` for the rate, `churn idle COUNT` for what that many idle jails hold. Needs root.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should say where")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::fs;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jail::{
    ExecSpec, InstanceId, Jail, JailEvent, JailSpec, Limits, Mount, NetworkMode, Spawner,
    SpawnerConfig,
};
use rustix::event::{PollFd, PollFlags, poll};

const MIB: u64 = 1024 * 1024;
const PROGRAM: &str = "/bin/true";
const STAGES: [&str; 6] = ["create", "limits", "mount", "tmp", "exec", "destroy"];

static COUNT: AtomicU64 = AtomicU64::new(0);

fn main() {
    jail::run_spawner_if_asked();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let dir = tempfile::tempdir().unwrap();
    let config = SpawnerConfig::new(InstanceId::for_data_dir(dir.path()), dir.path());
    let begun = Instant::now();
    let spawner = Spawner::start(&config).unwrap();
    println!(
        "spawner ready after {:?}, outbound refused: {:?}",
        begun.elapsed(),
        spawner.outbound_refused()
    );
    match args[..] {
        ["idle", count] => idle(&spawner, count.parse().unwrap()),
        [seconds, threads] => churn(&spawner, seconds.parse().unwrap(), threads.parse().unwrap()),
        _ => println!("usage: churn SECONDS THREADS | churn idle COUNT"),
    }
    let begun = Instant::now();
    spawner.stop().unwrap();
    println!("stopped after {:?}", begun.elapsed());
}

fn churn(spawner: &Spawner, seconds: u64, threads: u64) {
    let floor = Rate::measure(seconds.div_ceil(3), threads, |_| bare());
    floor.print("bare process");
    let (before, ours) =
        (processor_ms(), Rate::measure(seconds, threads, |times| cycle(spawner, times)));
    ours.print("jail");
    let spent = processor_ms() - before;
    println!(
        "processor time of server, spawner, inits and guests: {:.2} ms per cycle",
        f64::from(u32::try_from(spent).unwrap()) / f64::from(u32::try_from(ours.cycles).unwrap())
    );
}

/// How often something could be done, and how long its parts took.
struct Rate {
    cycles: u64,
    elapsed: Duration,
    times: Vec<Vec<Duration>>,
}

impl Rate {
    fn measure(seconds: u64, threads: u64, act: impl Fn(&mut Vec<Vec<Duration>>) + Sync) -> Self {
        let begun = Instant::now();
        let work = || {
            let mut times = vec![Vec::new(); STAGES.len()];
            let mut cycles = 0;
            while begun.elapsed() < Duration::from_secs(seconds) {
                act(&mut times);
                cycles += 1;
            }
            (cycles, times)
        };
        let done: Vec<(u64, Vec<Vec<Duration>>)> = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        let mut rate =
            Self { cycles: 0, elapsed: begun.elapsed(), times: vec![Vec::new(); STAGES.len()] };
        for (cycles, times) in done {
            rate.cycles += cycles;
            rate.times.iter_mut().zip(times).for_each(|(all, some)| all.extend(some));
        }
        rate
    }

    fn print(&self, name: &str) {
        let cycles = u32::try_from(self.cycles).unwrap();
        println!(
            "{name}: {cycles} cycles, {:.1} per second",
            f64::from(cycles) / self.elapsed.as_secs_f64()
        );
        for (stage, times) in STAGES.iter().zip(&self.times).filter(|(_, times)| !times.is_empty())
        {
            let mut times = times.clone();
            times.sort();
            let at = |hundredth: usize| times[(times.len() - 1) * hundredth / 100];
            println!("  {stage:8} min {:?} p50 {:?} p99 {:?}", at(0), at(50), at(99));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the floor is a process without a jail")]
fn bare() {
    Command::new(PROGRAM).stdin(Stdio::null()).status().unwrap();
}

fn cycle(spawner: &Spawner, times: &mut [Vec<Duration>]) {
    let mut last = Instant::now();
    let mut stage = 0;
    let mut note = || {
        times[stage].push(last.elapsed());
        (stage, last) = (stage + 1, Instant::now());
    };
    let jail = create(spawner);
    note();
    jail.set_limits(&Limits { memory_bytes: 256 * MIB, ..spec().limits }).unwrap();
    note();
    jail.mount(&[Mount::bind("/usr/share", "/var/task"), Mount::bind("/usr/lib", "/var/runtime")])
        .unwrap();
    note();
    jail.set_tmp(512 * MIB).unwrap();
    note();
    exec(&jail, &[PROGRAM]);
    note();
    while !matches!(jail.try_next_event().unwrap(), Some(JailEvent::Exited { .. })) {
        poll(&mut [PollFd::new(&jail, PollFlags::IN)], None).unwrap();
    }
    let listener = jail.take_listener();
    drop(listener);
    let begun = Instant::now();
    jail.destroy().unwrap();
    times[5].push(begun.elapsed());
}

fn spec() -> JailSpec {
    let id = format!("churn-{}", COUNT.fetch_add(1, Ordering::Relaxed)).parse().unwrap();
    let mut limits = Limits::for_memory(128 * MIB);
    limits.cpu = jail::CpuLimit::Unlimited;
    JailSpec { id, limits, network: NetworkMode::Outbound }
}

fn create(spawner: &Spawner) -> Jail {
    spawner.create(&spec()).unwrap()
}

fn exec(jail: &Jail, argv: &[&str]) {
    let null = fs::File::open("/dev/null").unwrap();
    let spec = ExecSpec {
        argv: argv.iter().map(|arg| (*arg).to_owned()).collect(),
        env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        cwd: "/var/task".into(),
        fds: vec![(null.as_fd(), 0), (null.as_fd(), 1), (null.as_fd(), 2)],
    };
    jail.exec(&spec).unwrap();
}

fn idle(spawner: &Spawner, count: usize) {
    let before = pss_kib("lambkin");
    let begun = Instant::now();
    let jails: Vec<_> = (0..count)
        .map(|_| {
            let jail = create(spawner);
            jail.mount(&[Mount::bind("/usr/share", "/var/task")]).unwrap();
            jail.set_tmp(512 * MIB).unwrap();
            exec(&jail, &["/bin/sleep", "100000"]);
            jail
        })
        .collect();
    println!("{count} idle jails after {:?}", begun.elapsed());
    let per_jail = |kib: u64| kib / u64::try_from(count).unwrap();
    println!(
        "processes of jails: {} KiB (PSS) each",
        per_jail(pss_kib("lambkin").saturating_sub(before))
    );
    println!("this process: {} KiB", smaps("self"));
    for jail in &jails {
        exec(jail, &[PROGRAM]);
    }
    println!("every one of them started another program");
    let begun = Instant::now();
    drop(jails);
    println!("ended after {:?}", begun.elapsed());
}

/// Memory of the spawner and all inits.
fn pss_kib(name: &str) -> u64 {
    named(name).iter().map(|pid| smaps(pid)).sum()
}

fn named(name: &str) -> Vec<String> {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().into_string().ok());
    let is_ours = |pid: &String| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.starts_with(name))
    };
    let named: Vec<_> = pids.filter(is_ours).collect();
    let me = std::process::id().to_string();
    let spawner = named.iter().find(|pid| parent(pid) == me).cloned().unwrap_or_default();
    named.into_iter().filter(|pid| *pid == spawner || parent(pid) == spawner).collect()
}

fn parent(pid: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let mut fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.nth(1).unwrap_or_default().to_owned()
}

fn smaps(pid: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Processor time of this process and the spawner, with everything they started that has ended.
fn processor_ms() -> u64 {
    let mut pids = named("lambkin");
    pids.push("self".to_owned());
    let of = |pid: &String| -> u64 {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum()
    };
    pids.iter().map(of).sum::<u64>() * 10
}
