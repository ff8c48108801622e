//! Many idle environments held at once: what each costs, and whether all still answer.
//!
//! Every environment belongs to a function of its own. Each is started by one invocation, and when all are there, each is
//! invoked once more: the guest's own count says whether the environment that answers is the one that was held. Costs are
//! what `/proc` shows after minus before, divided by their number, when the server is at rest.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use super::client::Endpoint;
use super::effort::Effort;
use super::functions;
use super::guests::{Guest, Probed};
use super::holdings::Holdings;
use super::processes;
use super::section::{Goal, Section, Unit};
use super::statistics::Times;
use super::steal::Reading;
use super::words::{cells, number};
use crate::checkout::{Build, Checkout};
use crate::server::Server;

/// How many environments the goal asks for.
const GOAL: f64 = 2000.0;

/// How many are started at once.
const CLIENTS: usize = 4;

/// How long all of them may take to start; what is there by then is what can be held.
const LONGEST: Duration = Duration::from_secs(240);

/// What has to be free before one more environment is promised to fit: its processes, their page tables, the kernel's part.
const NEEDED_KIB: usize = 3 * 1024;

/// Environments stay however long it takes to start the last. The server keeps as much ready before as after, so that none
/// of that is taken for a part of what was held.
const CONFIGURATION: &str = "[limits]\nconcurrent-executions = 4000\nidle-timeout = \"1h\"\n\
                             environment-lifetime = \"2h\"\n[engine]\nblank-jails-max = 8\n";

/// What one round of invocations found.
#[derive(Debug, Default)]
struct Answers {
    /// Functions that answered.
    names: Vec<String>,
    times: Vec<Duration>,
    /// Answers of environments that had answered before.
    warm: usize,
    failures: Vec<String>,
}

/// Holds environments and measures them.
pub(super) async fn measure(
    checkout: &Checkout,
    guest: &'static Guest,
    effort: &Effort,
) -> Result<Section> {
    let mut section =
        Section { title: "Idle environments held at once".to_owned(), ..Section::default() };
    let available_kib = available_kib()?;
    if available_kib < effort.held * NEEDED_KIB {
        let _ = writeln!(
            section.text,
            "Not measured: {} environments may need {} MiB, and {} MiB are free.",
            effort.held,
            effort.held * NEEDED_KIB / 1024,
            available_kib / 1024
        );
        return Ok(section);
    }
    let since = Reading::now()?;
    let server = Server::start_with(checkout, Build::Release, "bench-density", CONFIGURATION)?;
    let endpoint = Endpoint::of(&server)?;
    let names = functions::names("held", effort.held);
    functions::create(&endpoint, guest, &names).await?;
    processes::rest(server.pid()).await?;
    let before = Holdings::of(server.pid())?;
    let started = Instant::now();
    let first = invoke_all(&endpoint, &names).await?;
    let took = started.elapsed();
    processes::rest(server.pid()).await?;
    let held = Holdings::of(server.pid())?;
    let second = invoke_all(&endpoint, &first.names).await?;
    functions::delete(&endpoint, &names).await?;
    processes::rest(server.pid()).await?;
    let after = Holdings::of(server.pid())?;
    server.stop()?;
    tell(&mut section, effort.held, [&first, &second], took);
    table(&mut section, first.names.len().max(1), [&before, &held, &after]);
    section.stolen = since.stolen_percent()?;
    Ok(section)
}

async fn invoke_all(endpoint: &Endpoint, names: &[String]) -> Result<Answers> {
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for own in names.chunks(names.len().div_ceil(CLIENTS).max(1)) {
        let (endpoint, own) = (endpoint.clone(), own.to_vec());
        clients.spawn_local(async move {
            let mut found = Answers::default();
            for name in &own {
                if started.elapsed() > LONGEST {
                    found.failures.push(format!("{name} was not asked within {LONGEST:?}"));
                    continue;
                }
                match functions::invoke_once(&endpoint, name).await {
                    Ok((answer, took)) => {
                        found.names.push(name.clone());
                        found.times.push(took);
                        found.warm += usize::from(Probed::read(&answer).count > 1);
                    }
                    Err(error) => found.failures.push(format!("{error:#}")),
                }
            }
            found
        });
    }
    let mut all = Answers::default();
    while let Some(found) = clients.join_next().await {
        let found = found?;
        all.names.extend(found.names);
        all.times.extend(found.times);
        all.warm += found.warm;
        all.failures.extend(found.failures);
    }
    Ok(all)
}

fn tell(section: &mut Section, held: usize, [first, second]: [&Answers; 2], took: Duration) {
    let [cold, warm] = [first, second].map(|round| Times::new(round.times.clone()));
    let _ = write!(
        section.text,
        "{held} functions, {CLIENTS} clients. Starting all took {:.1} s ({:.0}/s).\n\n\
         | | answers | p50 | p99 | max |\n|---|---:|---:|---:|---:|\n\
         | started | {} | {} |\n| asked again, by the environment that was held | {} of {} | {} |\n\n",
        took.as_secs_f64(),
        number(cold.len()) / took.as_secs_f64(),
        cold.len(),
        cells(&cold),
        second.warm,
        warm.len(),
        cells(&warm),
    );
    for failure in first.failures.iter().chain(&second.failures).take(3) {
        let _ = writeln!(section.text, "Failed: `{failure}`\n");
    }
    let answering = number(second.warm);
    let figure = "idle environments held at once, all still answering";
    section.goals.push(Goal::at_least(figure, answering, GOAL, Unit::Count));
}

fn table(section: &mut Section, held: usize, [before, full, after]: [&Holdings; 3]) {
    section.text.push_str(
        "| | before | all held | per environment | after deleting |\n|---|---:|---:|---:|---:|\n",
    );
    for (((what, before), (_, full)), (_, after)) in
        before.rows().into_iter().zip(full.rows()).zip(after.rows())
    {
        let each = (full - before) / number(held);
        let _ =
            writeln!(section.text, "| {what} | {before:.0} | {full:.0} | {each:.2} | {after:.0} |");
    }
    let each = (full.ours_kib() - before.ours_kib()) / number(held);
    section.goals.push(Goal::at_most(
        "Lambkin's memory per idle environment",
        each,
        256.0,
        Unit::Kib,
    ));
}

fn available_kib() -> Result<usize> {
    let memory = fs::read_to_string("/proc/meminfo")?;
    let line = memory.lines().find(|line| line.starts_with("MemAvailable:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    Ok(kib.unwrap_or_default())
}
