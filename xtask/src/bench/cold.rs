//! Cold starts: the first invocation of a function, against the same program started bare.
//!
//! Both clocks start when the caller asks, with nothing of the function running. Bare, the caller starts the program
//! itself, sends its request to the floor, and has the answer once the program has asked for `next` and answered. Every
//! sample is a function of its own, so that it is cold beyond doubt; all have the same package, which the first unpacks.
//!
//! What Lambkin **adds** is taken inside: the probe guest answers with the time at which its `main` began, on the clock
//! that the whole machine shares. From the request's first byte to that moment, less what executing the program and
//! reaching `main` takes bare (the median of as many starts by a process that notes the time and executes it), is added.
//!
//! Two servers are measured in turns with the floor: one as users run it, and one that keeps nothing ready. Before each
//! sample the bench waits until the server is at rest: no process below it came or went and it used no processor time.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use http::Method;

use super::client::{Endpoint, PATIENCE, check_greeting};
use super::clock;
use super::floor_process::Floor;
use super::functions;
use super::guests::{EVENT, GREETING, Guest, Probed};
use super::processes::{self, Memory};
use super::ready::Variant;
use super::section::{Curve, Goal, Section, Unit};
use super::statistics::Times;
use super::steal::Reading;
use super::words::{cells, in_ms, millis};

/// Starts of one guest.
#[derive(Debug)]
struct Found {
    title: String,
    bare: Times,
    /// By the probe guest's word: from `exec` to `main`.
    executed: Times,
    /// For each variant of the server.
    servers: Vec<FoundThere>,
}

/// Starts of one guest under one server.
#[derive(Debug)]
struct FoundThere {
    label: &'static str,
    /// The first start of all, which unpacks the package.
    first: Duration,
    whole: Times,
    /// From the request to the guest's `main`, for a guest that tells.
    to_main: Times,
    restless: usize,
    memory: (Memory, Memory),
}

/// Measures cold starts of all guests; the first is the probe.
pub(super) async fn measure(
    servers: &[Variant],
    floor: &Floor,
    guests: &[(&Guest, usize)],
) -> Result<Section> {
    let since = Reading::now()?;
    let mut all = Vec::new();
    for (guest, samples) in guests {
        println!("  cold starts of {}", guest.title);
        all.push(measure_guest(servers, floor, guest, *samples).await?);
    }
    let mut section = Section { title: "Cold starts".to_owned(), ..Section::default() };
    tell_added(&mut section, &all);
    tell_whole(&mut section, &all);
    tell_memory(&mut section.text, &all);
    section.stolen = since.stolen_percent()?;
    Ok(section)
}

async fn measure_guest(
    servers: &[Variant],
    floor: &Floor,
    guest: &Guest,
    samples: usize,
) -> Result<Found> {
    let names =
        functions::names(&format!("bench-{}", guest.runtime.replace('.', "-")), samples + 1);
    let (mut endpoints, mut before) = (Vec::new(), Vec::new());
    for variant in servers {
        let endpoint = Endpoint::of(&variant.server)?;
        functions::create(&endpoint, guest, &names).await?;
        before.push(processes::memory(variant.server.pid())?);
        endpoints.push(endpoint);
    }
    let (mut bare, mut executed) = (Vec::new(), Vec::new());
    let mut ours = vec![(Vec::new(), Vec::new(), 0); servers.len()];
    for name in &names {
        bare.push(start_bare(floor, guest, &[]).await?.0);
        if guest.probes {
            let (_, probed) = start_bare(floor, guest, &["exec"]).await?;
            executed.extend(probed.executing());
        }
        for ((variant, endpoint), found) in servers.iter().zip(&endpoints).zip(&mut ours) {
            if !processes::rest(variant.server.pid()).await? {
                found.2 += 1;
            }
            let (took, to_main) = invoke(endpoint, name).await?;
            found.0.push(took);
            found.1.extend(to_main);
        }
    }
    bare.remove(0);
    let mut there = Vec::new();
    for (index, (mut whole, mut to_main, restless)) in ours.into_iter().enumerate() {
        let variant = &servers[index];
        processes::rest(variant.server.pid()).await?;
        let memory = (before[index], processes::memory(variant.server.pid())?);
        functions::delete(&endpoints[index], &names).await?;
        let first = whole.remove(0);
        to_main.drain(..to_main.len().min(1));
        let (whole, to_main) = (Times::new(whole), Times::new(to_main));
        there.push(FoundThere { label: variant.label, first, whole, to_main, restless, memory });
    }
    Ok(Found {
        title: guest.title.clone(),
        bare: Times::new(bare),
        executed: Times::new(executed),
        servers: there,
    })
}

/// Starts the bare program and has it answer once.
pub(super) async fn start_bare(
    floor: &Floor,
    guest: &Guest,
    arguments: &[&str],
) -> Result<(Duration, Probed)> {
    let target = floor.target(&functions::invocations(&guest.runtime));
    let mut connection = target.endpoint.connect().await?;
    connection.prepare(Method::POST, &target.path, None, EVENT)?;
    let started = Instant::now();
    let _process = floor.start_guest_with(guest, arguments)?;
    let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
    let (answer, _) = answered.with_context(|| format!("{} does not start", guest.title))??;
    let took = started.elapsed();
    check_greeting(&answer, GREETING)?;
    Ok((took, Probed::read(answer.body)))
}

/// Invokes, and returns how long the answer took and how long it was until `main`.
async fn invoke(endpoint: &Endpoint, name: &str) -> Result<(Duration, Option<Duration>)> {
    let mut connection = endpoint.connect().await?;
    connection.prepare(Method::POST, &functions::invocations(name), None, EVENT)?;
    let asked_ns = clock::monotonic_ns();
    let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
    let (answer, took) = answered.with_context(|| format!("{name} does not answer"))??;
    check_greeting(&answer, GREETING)?;
    Ok((took, Probed::read(answer.body).since(asked_ns)))
}

fn tell_added(section: &mut Section, all: &[Found]) {
    let Some(probe) = all.iter().find(|found| found.executed.len() > 0) else { return };
    let executed = probe.executed.percentile(50);
    let _ = write!(
        section.text,
        "Added by Lambkin, one start at a time: from the request's first byte to the guest's `main`, less {} that executing \
         the same program takes bare (p50; p99 {}).\n\n\
         | server | samples | p50 | p99 | max |\n|---|---:|---:|---:|---:|\n",
        millis(executed),
        millis(probe.executed.percentile(99)),
    );
    for found in &probe.servers {
        let added = found.to_main.less(executed);
        let _ = writeln!(section.text, "| {} | {} | {} |", found.label, added.len(), cells(&added));
        let [p50, p99] = [50, 99].map(|percent| in_ms(added.percentile(percent)));
        let figure = format!("cold start, added, {}", found.label);
        let goals = &mut section.goals;
        if found.label == super::ready::AS_USED {
            goals.push(Goal::at_most(&format!("{figure}, p50"), p50, 3.0, Unit::Ms));
            goals.push(Goal::at_most(&format!("{figure}, p99"), p99, 10.0, Unit::Ms));
        } else {
            goals.push(Goal::at_most(&format!("{figure}, p50"), p50, 10.0, Unit::Ms));
        }
        let restless = found.restless;
        if restless > 0 {
            let _ =
                writeln!(section.text, "| ({restless} before the server was at rest) | | | | |");
        }
        section.curves.push(Curve {
            chart: "cold start, added by Lambkin".to_owned(),
            label: found.label.to_owned(),
            times: added,
        });
    }
}

fn tell_whole(section: &mut Section, all: &[Found]) {
    section.text.push_str(
        "\nEnd to end: from the request to the answer. Bare is the same program executed as a plain process: its start, its \
         first `next` and one invocation. The first start of a new package, which unpacks it, is not among the samples.\n\n\
         | guest | | samples | p50 | p99 | max | p50 to bare | first of all |\n|---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for Found { title, bare, servers, .. } in all {
        let _ = writeln!(section.text, "| {title} | bare | {} | {} | | |", bare.len(), cells(bare));
        let chart = format!("cold start end to end, {title}");
        let mut curves = vec![("bare", bare)];
        for there in servers {
            let ratio = in_ms(there.whole.percentile(50)) / in_ms(bare.percentile(50));
            let _ = writeln!(
                section.text,
                "| {title} | {} | {} | {} | {ratio:.2} | {} |",
                there.label,
                there.whole.len(),
                cells(&there.whole),
                millis(there.first),
            );
            curves.push((there.label, &there.whole));
            if there.label == super::ready::AS_USED && !title.contains("provided") {
                let p50 = in_ms(there.whole.percentile(50));
                let figure = format!("cold start end to end, {title}, p50");
                section.goals.push(Goal::at_most(&figure, p50, 10.0, Unit::Ms));
            }
        }
        section.curves.extend(curves.into_iter().map(|(label, times)| Curve {
            chart: chart.clone(),
            label: label.to_owned(),
            times: times.clone(),
        }));
    }
}

fn tell_memory(text: &mut String, all: &[Found]) {
    text.push_str(
        "\nMemory of the environments that these starts left idle: proportional set size, after minus before, per \
         environment. Lambkin's is the server, the spawner and the jails' own processes together.\n\n\
         | guest | environments, stem cells included | Lambkin's | the guest's own |\n|---|---:|---:|---:|\n",
    );
    for Found { title, servers, .. } in all {
        let Some(FoundThere { memory: (before, after), .. }) = servers.first() else { continue };
        let count = after.guests.saturating_sub(before.guests).max(1);
        let per = |before: u64, after: u64| after.saturating_sub(before) / count as u64;
        let _ = writeln!(
            text,
            "| {title} | {count} | {} KiB | {} KiB |",
            per(before.ours_kib, after.ours_kib),
            per(before.guests_kib, after.guests_kib)
        );
    }
}
