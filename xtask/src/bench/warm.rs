//! Warm invocations: the same load on the floor and on Lambkin, in turns.
//!
//! Rounds are short, so that both sides of a pair run within the same second and meet the same weather.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use super::client::Endpoint;
use super::effort::Effort;
use super::floor_process::{Bare, Floor};
use super::functions;
use super::guests::Guest;
use super::load::{Round, Target, round};
use super::pairs::{Pair, Pairs, Ratio};
use super::section::{Curve, Goal, Section, Unit};
use super::statistics::Times;
use super::steal::Reading;
use super::words::micros;
use crate::server::Server;

/// How many clients there are at once.
const CONNECTIONS: [usize; 3] = [1, 8, 32];

/// The function that is invoked.
const NAME: &str = "bench-warm";

const METHOD: &str = "The floor is one process with the smallest Runtime API loop: no signature check, routing, log, store \
                      or jail. Figures are medians over rounds; ratios are taken within a pair of rounds, then the median, \
                      least and greatest of them are given, and the median over the third of the pairs in which the host \
                      stole least (\"calm\"). Processor time is that of the whole run.\n\n\
                      | connections | | floor | Lambkin | ratio | calm |\n|---:|---|---:|---:|---:|---:|\n";

/// Measures with each number of connections.
pub(super) async fn measure(
    server: &Server,
    floor: &Floor,
    guest: &Guest,
    effort: &Effort,
) -> Result<Section> {
    let since = Reading::now()?;
    let endpoint = Endpoint::of(server)?;
    functions::create(&endpoint, guest, &[NAME.to_owned()]).await?;
    let path = functions::invocations(NAME);
    let ours = Target { endpoint, path: path.clone(), pid: server.pid() };
    let theirs = floor.target(&path);
    let mut guests = Vec::<Bare>::new();
    let mut section = Section {
        title: format!("Warm invocations ({}, auth on)", guest.title),
        text: METHOD.to_owned(),
        ..Section::default()
    };
    for connections in CONNECTIONS {
        while guests.len() < connections {
            guests.push(floor.start_guest(guest)?);
        }
        // Lambkin starts its environments here.
        for target in [&theirs, &ours] {
            round(target, connections, effort.warm_up).await?;
        }
        let mut pairs = Vec::new();
        for _ in 0..effort.rounds {
            let before = Reading::now()?;
            let floor = round(&theirs, connections, effort.round).await?;
            let ours = round(&ours, connections, effort.round).await?;
            pairs.push(Pair { floor, ours, stolen: before.passed()?.stolen });
        }
        tell(&mut section, connections, &Pairs(pairs));
    }
    functions::delete(&ours.endpoint, &[NAME.to_owned()]).await?;
    section.stolen = since.stolen_percent()?;
    Ok(section)
}

fn tell(section: &mut Section, connections: usize, pairs: &Pairs<Round>) {
    let p50 = |round: &Round| round.times.percentile(50).as_secs_f64();
    let p99 = |round: &Round| round.times.percentile(99).as_secs_f64();
    let max = |round: &Round| round.times.max().as_secs_f64();
    let throughput = |round: &Round| round.throughput;
    let rows = [
        ("p50", latency(pairs, p50)),
        ("p99", latency(pairs, p99)),
        ("max", latency(pairs, max)),
        ("throughput", rate(pairs, throughput)),
        ("server's processor time per call", processor_time(pairs)),
    ];
    for (what, row) in rows {
        let _ = writeln!(section.text, "| {connections} | {what} | {} |", row.join(" | "));
    }
    let goal = |figure: &str, ratio: Ratio, limit| {
        Goal::at_most(figure, ratio.median, limit, Unit::Floor).calm(ratio.calm, Unit::Floor)
    };
    match connections {
        1 => section.goals.extend([
            goal("warm, 1 connection, p50", pairs.ratio(p50), 1.25),
            goal("warm, 1 connection, p99", pairs.ratio(p99), 1.5),
        ]),
        32 => {
            let ratio = pairs.ratio(throughput);
            section.goals.push(
                Goal::at_least("warm throughput, 32 connections", ratio.median, 0.8, Unit::Floor)
                    .calm(ratio.calm, Unit::Floor),
            );
        }
        _ => {}
    }
    let chart = format!("warm, {connections} connections");
    for (label, side) in [("floor", 0), ("Lambkin", 1)] {
        let sides = pairs.0.iter().map(|pair| [&pair.floor, &pair.ours][side]);
        let times = Times::pooled(sides.map(|round| &round.times));
        section.curves.push(Curve { chart: chart.clone(), label: label.to_owned(), times });
    }
}

fn latency(pairs: &Pairs<Round>, of: impl Fn(&Round) -> f64) -> [String; 4] {
    let (floor, ours) = pairs.medians(&of);
    let [ratio, calm] = written(pairs.ratio(of));
    [micros(floor), micros(ours), ratio, calm]
}

fn rate(pairs: &Pairs<Round>, of: impl Fn(&Round) -> f64) -> [String; 4] {
    let (floor, ours) = pairs.medians(&of);
    let [ratio, calm] = written(pairs.ratio(of));
    [format!("{floor:.0}/s"), format!("{ours:.0}/s"), ratio, calm]
}

/// Of all rounds together: one round is too short for the ticks that the kernel counts in.
fn processor_time(pairs: &Pairs<Round>) -> [String; 4] {
    let per_call = |of: &dyn Fn(&Pair<Round>) -> (Duration, usize)| {
        let (time, calls) = pairs
            .0
            .iter()
            .map(of)
            .fold((Duration::ZERO, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        time.as_secs_f64() / f64::from(u32::try_from(calls.max(1)).unwrap_or(u32::MAX))
    };
    let floor = per_call(&|pair| (pair.floor.cpu, pair.floor.times.len()));
    let ours = per_call(&|pair| (pair.ours.cpu, pair.ours.times.len()));
    [micros(floor), micros(ours), format!("{:.2}", ours / floor), String::new()]
}

fn written(ratio: Ratio) -> [String; 2] {
    let Ratio { median, least, greatest, calm } = ratio;
    [format!("{median:.2} ({least:.2}–{greatest:.2})"), format!("{calm:.2}")]
}
