//! Many cold starts at once, against the same programs started bare at once.
//!
//! On both sides the clock runs from the first request to the last answer. Bare, all programs are started one after the
//! other without waiting, and the floor gives each a single event, so that the first to be ready cannot answer for the
//! others. Under Lambkin each request is for a function of its own, or all are for one function.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use http::Method;
use tokio::task::JoinSet;

use super::client::{Connection, Endpoint, PATIENCE, check_greeting};
use super::effort::Effort;
use super::floor_process::Floor;
use super::functions;
use super::guests::{EVENT, GREETING, Guest};
use super::pairs::{Pair, Pairs, Ratio};
use super::processes;
use super::section::{Goal, Section, Unit};
use super::steal::Reading;
use crate::server::Server;

/// How requests are spread.
#[derive(Clone, Copy, Debug)]
enum Spread {
    /// Each is for a function of its own.
    Apart,
    /// All are for one function.
    Together,
}

/// Measures bursts of each guest.
pub(super) async fn measure(
    server: &Server,
    guests: &[&'static Guest],
    effort: &Effort,
) -> Result<Section> {
    let since = Reading::now()?;
    let count = effort.burst;
    let mut section = Section {
        title: format!("{count} cold starts at once"),
        text: format!(
            "From the first request to the last answer, of {} rounds of each side in turns.\n\n\
             | guest | functions | bare | Lambkin | ratio | calm |\n|---|---:|---:|---:|---:|---:|\n",
            effort.bursts
        ),
        ..Section::default()
    };
    for guest in guests {
        for spread in [Spread::Apart, Spread::Together] {
            println!("  {count} at once of {} ({spread:?})", guest.title);
            let mut pairs = Vec::new();
            for round in 0..effort.bursts {
                let before = Reading::now()?;
                let floor = bare(server, guest, count).await?.as_secs_f64();
                let ours = ours(server, guest, count, (spread, round)).await?.as_secs_f64();
                pairs.push(Pair { floor, ours, stolen: before.passed()?.stolen });
            }
            tell(&mut section, guest, count, spread, &Pairs(pairs));
        }
    }
    section.stolen = since.stolen_percent()?;
    Ok(section)
}

async fn bare(server: &Server, guest: &'static Guest, count: usize) -> Result<Duration> {
    let floor = Floor::start_once(server.home().join("floor.log"))?;
    let target = floor.target(&functions::invocations(&guest.runtime));
    let connections = connections(&target.endpoint, &vec![target.path.clone(); count]).await?;
    let started = Instant::now();
    let mut processes = Vec::new();
    let answers = send(connections);
    // The requests go out before this thread is busy with starting programs.
    tokio::task::yield_now().await;
    for _ in 0..count {
        processes.push(floor.start_guest(guest)?);
    }
    all(answers).await?;
    Ok(started.elapsed())
}

async fn ours(
    server: &Server,
    guest: &'static Guest,
    count: usize,
    (spread, round): (Spread, usize),
) -> Result<Duration> {
    let endpoint = Endpoint::of(server)?;
    let names = match spread {
        Spread::Apart => functions::names(&format!("burst-{round}"), count),
        Spread::Together => functions::names(&format!("burst-{round}"), 1),
    };
    functions::create(&endpoint, guest, &names).await?;
    if round == 0 {
        // Unpacks the package, which is no part of it.
        let first = functions::names("burst-first", 1);
        functions::create(&endpoint, guest, &first).await?;
        functions::invoke_once(&endpoint, &first[0]).await?;
        functions::delete(&endpoint, &first).await?;
    }
    let paths: Vec<_> =
        names.iter().cycle().take(count).map(|name| functions::invocations(name)).collect();
    let connections = connections(&endpoint, &paths).await?;
    processes::rest(server.pid()).await?;
    let started = Instant::now();
    all(send(connections)).await?;
    let took = started.elapsed();
    functions::delete(&endpoint, &names).await?;
    processes::rest(server.pid()).await?;
    Ok(took)
}

/// Opens connections, each with a request that is ready to be sent.
async fn connections(endpoint: &Endpoint, paths: &[String]) -> Result<Vec<Connection>> {
    let mut ready = Vec::new();
    for path in paths {
        let mut connection = endpoint.connect().await?;
        connection.prepare(Method::POST, path, None, EVENT)?;
        ready.push(connection);
    }
    Ok(ready)
}

fn send(connections: Vec<Connection>) -> JoinSet<Result<()>> {
    let mut answers = JoinSet::new();
    for mut connection in connections {
        answers.spawn_local(async move {
            let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
            let (answer, _) = answered.context("an answer never came")??;
            check_greeting(&answer, GREETING)
        });
    }
    answers
}

async fn all(mut answers: JoinSet<Result<()>>) -> Result<()> {
    ensure!(!answers.is_empty(), "a burst of nothing");
    while let Some(answer) = answers.join_next().await {
        answer??;
    }
    Ok(())
}

fn tell(section: &mut Section, guest: &Guest, count: usize, spread: Spread, pairs: &Pairs<f64>) {
    let (bare, ours) = pairs.medians(|seconds| *seconds);
    let Ratio { median, least, greatest, calm } = pairs.ratio(|seconds| *seconds);
    let functions = match spread {
        Spread::Apart => count,
        Spread::Together => 1,
    };
    let title = &guest.title;
    let _ = writeln!(
        section.text,
        "| {title} | {functions} | {:.0} ms | {:.0} ms | {median:.2} ({least:.2}–{greatest:.2}) | {calm:.2} |",
        bare * 1e3,
        ours * 1e3
    );
    let figure = match spread {
        Spread::Apart => format!("{count} cold starts at once, {title}"),
        Spread::Together => format!("{count} cold starts at once of one function, {title}"),
    };
    let goal = Goal::at_most(&figure, median, 1.2, Unit::Floor).calm(calm, Unit::Floor);
    section.goals.push(goal);
}
