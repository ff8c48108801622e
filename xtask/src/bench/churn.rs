//! Churn: environments created, used once and destroyed, as many a second as the machine manages.
//!
//! The server is told to end environments as soon as they are idle. Each client goes round functions of its own, so that
//! the environment of the last visit is gone by the next; the log that comes with an answer says whether it really was a
//! cold start, and only those count. The floor does the same with plain processes (start, one invocation, kill), for a
//! tenth of the time before and after.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use tokio::task::JoinSet;

use super::client::{Endpoint, PATIENCE, check_greeting};
use super::cold::start_bare;
use super::effort::Effort;
use super::floor_process::Floor;
use super::functions;
use super::guests::{EVENT, GREETING, Guest};
use super::processes;
use super::section::{Goal, Section, Unit};
use super::statistics::Times;
use super::steal::Reading;
use super::words::cells;
use crate::checkout::{Build, Checkout};
use crate::server::Server;

/// How many clients there are at once.
const CLIENTS: usize = 8;

/// How many functions a client goes round.
const ROUND: usize = 24;

/// Ends environments as soon as they are idle.
const CONFIGURATION: &str = "[limits]\nidle-timeout = \"0s\"\n[engine]\nreap-every = \"1ms\"\n";

/// What one side managed in one round.
#[derive(Debug, Default)]
struct Rate {
    /// Environments created and destroyed per second.
    per_second: f64,
    /// How long each start took to its answer.
    times: Times,
    /// Invocations that met an environment that was still there.
    warm: usize,
    /// What went wrong, if anything did.
    failures: Vec<String>,
    /// How long it went on.
    seconds: f64,
}

/// Measures Lambkin without a pause, and bare processes before and after.
pub(super) async fn measure(
    checkout: &Checkout,
    guest: &'static Guest,
    effort: &Effort,
) -> Result<Section> {
    let since = Reading::now()?;
    let server = Server::start_with(checkout, Build::Release, "bench-churn", CONFIGURATION)?;
    let endpoint = Endpoint::of(&server)?;
    let names = functions::names("churn", CLIENTS * ROUND);
    functions::create(&endpoint, guest, &names).await?;
    // What the server keeps ready is not an environment of a function.
    let ready = processes::memory(server.pid())?.guests;
    let before = bare(&server, guest, effort.churn / 10).await?;
    let ours = ours(&server, &endpoint, &names, (effort.churn, ready)).await?;
    let after = bare(&server, guest, effort.churn / 10).await?;
    functions::delete(&endpoint, &names).await?;
    server.stop()?;
    let stolen = since.stolen_percent()?;
    Ok(Section { stolen, ..tell(&before, &ours, &after) })
}

fn tell(before: &Rate, ours: &Rate, after: &Rate) -> Section {
    let bare = f64::midpoint(before.per_second, after.per_second);
    let bare_times = Times::pooled([&before.times, &after.times].into_iter());
    let mut text = format!(
        "Rust guest, {CLIENTS} clients, {:.0} s under Lambkin without a pause.\n\n\
         | | per second | p50 | p99 | max |\n|---|---:|---:|---:|---:|\n\
         | bare processes | {bare:.0} | {} |\n| Lambkin | {:.0} | {} |\n\n\
         Ratio of the rates {:.2}. {} cold starts counted; {} invocations met a warm environment and do not count; {} failed",
        ours.seconds,
        cells(&bare_times),
        ours.per_second,
        cells(&ours.times),
        ours.per_second / bare,
        ours.times.len(),
        ours.warm,
        ours.failures.len()
    );
    let _ = match ours.failures.first() {
        Some(first) => writeln!(text, ", the first with `{first}`."),
        None => writeln!(text, "."),
    };
    Section {
        title: "Environments created, used once and destroyed".to_owned(),
        text,
        goals: vec![Goal::at_least(
            "environments created and destroyed per second, sustained",
            ours.per_second,
            300.0,
            Unit::Rate,
        )],
        ..Section::default()
    }
}

async fn bare(server: &Server, guest: &'static Guest, length: Duration) -> Result<Rate> {
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        // With a floor of its own, a client's request cannot be answered by another one's guest.
        let floor = Floor::start(server.home().join("floor.log"))?;
        clients.spawn_local(async move {
            let mut times = Vec::new();
            while started.elapsed() < length {
                times.push(start_bare(&floor, guest, &[]).await?.0);
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = clients.join_next().await {
        times.extend(done??);
    }
    Ok(rate(times, started.elapsed()))
}

async fn ours(
    server: &Server,
    endpoint: &Endpoint,
    names: &[String],
    (length, ready): (Duration, usize),
) -> Result<Rate> {
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for own in names.chunks(ROUND) {
        clients.spawn_local(client(endpoint.clone(), own.to_vec(), started + length));
    }
    let (mut times, mut warm, mut failures) = (Vec::new(), 0, Vec::new());
    while let Some(done) = clients.join_next().await {
        let (own, own_warm, own_failures) = done??;
        times.extend(own);
        warm += own_warm;
        failures.extend(own_failures);
    }
    // An environment counts once it is gone again.
    while processes::memory(server.pid())?.guests > ready {
        ensure!(started.elapsed() < length + PATIENCE, "environments are not destroyed");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(Rate { warm, failures, ..rate(times, started.elapsed()) })
}

async fn client(
    endpoint: Endpoint,
    names: Vec<String>,
    until: Instant,
) -> Result<(Vec<Duration>, usize, Vec<String>)> {
    let mut connection = endpoint.connect().await?;
    let (mut times, mut warm, mut failures) = (Vec::new(), 0, Vec::new());
    for name in names.iter().cycle() {
        if Instant::now() >= until {
            break;
        }
        let path = functions::invocations(name);
        connection.prepare(Method::POST, &path, Some(("x-amz-log-type", "Tail")), EVENT)?;
        let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
        let (answer, took) = answered.with_context(|| format!("{name} does not answer"))??;
        if let Err(failure) = check_greeting(&answer, GREETING) {
            failures.push(failure.to_string());
        } else if was_cold(answer.header("x-amz-log-result").unwrap_or_default()) {
            times.push(took);
        } else {
            warm += 1;
        }
    }
    Ok((times, warm, failures))
}

/// Only the REPORT line of an environment's first invocation names an init.
fn was_cold(log_base64: &str) -> bool {
    let log = STANDARD.decode(log_base64).unwrap_or_default();
    String::from_utf8_lossy(&log).contains("Init Duration")
}

fn rate(times: Vec<Duration>, elapsed: Duration) -> Rate {
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    Rate {
        per_second: f64::from(count) / elapsed.as_secs_f64(),
        times: Times::new(times),
        seconds: elapsed.as_secs_f64(),
        ..Rate::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_init_in_the_log_is_a_cold_start() {
        let cold = "REPORT RequestId: 1\tDuration: 2.00 ms\tInit Duration: 9.00 ms";
        assert!(was_cold(&STANDARD.encode(cold)));
        assert!(!was_cold(&STANDARD.encode("REPORT RequestId: 1\tDuration: 2.00 ms")));
        assert!(!was_cold(""));
    }
}
