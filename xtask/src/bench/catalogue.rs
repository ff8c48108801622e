//! Reading and starting with very many functions and versions, beside the same with ten functions.
//!
//! Two servers run at once, one with few functions and one with many; both are asked the same in turns, so that whatever
//! else the machine does meets both. All of it goes through the API: functions are created with a first version, and each
//! further version is published by an update of the code, on many connections at once.

mod load;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use http::Method;
use serde_json::Value;

use super::client::{Connection, Endpoint};
use super::effort::Effort;
use super::processes;
use super::section::{Goal, Section, Unit};
use super::statistics::Times;
use super::steal::Reading;
use super::words::{in_ms, micros, millis, number};
use crate::checkout::{Build, Checkout};
use crate::server::Server;

/// The functions of the server with few.
const FEW: usize = 10;

/// How many times as long the p99 of an answer may take with many functions.
const SLOWER: f64 = 1.5;

/// How long starting with 110,000 records may take, in milliseconds.
const START_MS: f64 = 2000.0;

/// Requests of one kind in a row, before the other server has its turn.
const IN_A_ROW: usize = 20;

/// How much is stored.
#[derive(Clone, Copy, Debug)]
struct Size {
    functions: usize,
    versions: usize,
}

/// A server and what is stored in it.
struct Side {
    server: Server,
    size: Size,
    resident_kib: u64,
    loading: Duration,
}

/// Something that is asked of both.
struct Question {
    what: &'static str,
    /// The paths that are asked for in turn.
    paths: [Vec<String>; 2],
}

/// Loads, asks, and starts again.
pub(super) async fn measure(checkout: &Checkout, effort: &Effort) -> Result<Section> {
    let since = Reading::now()?;
    let versions = effort.versions_each;
    let few = side(checkout, "bench-few", Size { functions: FEW, versions }).await?;
    let size = Size { functions: effort.functions, versions };
    let many = side(checkout, "bench-many", size).await?;
    let mut text = told(&many);
    let mut goals = Vec::new();
    ask(&few, &many, effort.asked, (&mut text, &mut goals)).await?;
    memory(&few, &many, &mut text);
    let (few, many) = (restarted(few, effort.starts)?, restarted(many, effort.starts)?);
    let _ = writeln!(
        text,
        "\nStart-up from executing the program to its `ready` line, p50 of {}: {} with {FEW} functions, {} with {}.",
        effort.starts,
        millis(few.percentile(50)),
        millis(many.percentile(50)),
        size.functions,
    );
    let start = in_ms(many.percentile(50));
    goals.push(Goal::at_most("start with many functions, p50", start, START_MS, Unit::Ms));
    Ok(Section {
        title: "Many functions and versions".to_owned(),
        text,
        goals,
        curves: Vec::new(),
        stolen: since.stolen_percent()?,
    })
}

async fn side(checkout: &Checkout, name: &str, size: Size) -> Result<Side> {
    let server = Server::start(checkout, Build::Release, name)?;
    let started = Instant::now();
    load::fill(&Endpoint::of(&server)?, size.functions, size.versions).await?;
    let loading = started.elapsed();
    processes::rest(server.pid()).await?;
    let resident_kib = processes::resident_kib(server.pid())?;
    Ok(Side { server, size, resident_kib, loading })
}

fn told(many: &Side) -> String {
    let Size { functions, versions } = many.size;
    format!(
        "{functions} functions with {versions} published versions each, made through the API in {:.0} s on {} connections, \
         beside a server with {FEW} such functions; asked in turns, on one connection each, signed.\n\n\
         | | {FEW}: p50 | {FEW}: p99 | many: p50 | many: p99 | p50 | p99 |\n|---|---:|---:|---:|---:|---:|---:|\n",
        many.loading.as_secs_f64(),
        load::CONNECTIONS,
    )
}

async fn ask(
    few: &Side,
    many: &Side,
    count: usize,
    (text, goals): (&mut String, &mut Vec<Goal>),
) -> Result<()> {
    let mut connections = Vec::new();
    for side in [few, many] {
        connections.push(Endpoint::of(&side.server)?.connect().await?);
    }
    for question in questions(few, many, &mut connections).await? {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..count.div_ceil(IN_A_ROW) {
            for ((connection, paths), times) in
                connections.iter_mut().zip(&question.paths).zip(&mut times)
            {
                for path in paths.iter().cycle().skip(times.len() % paths.len()).take(IN_A_ROW) {
                    times.push(timed(connection, path).await?);
                }
            }
        }
        let [few, many] = times.map(Times::new);
        let at = |times: &Times, percent| times.percentile(percent).as_secs_f64();
        let ratio = |percent| at(&many, percent) / at(&few, percent);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2}x | {:.2}x |",
            question.what,
            micros(at(&few, 50)),
            micros(at(&few, 99)),
            micros(at(&many, 50)),
            micros(at(&many, 99)),
            ratio(50),
            ratio(99),
        );
        let figure = format!("{}, p99 with many functions over p99 with {FEW}", question.what);
        goals.push(Goal::at_most(&figure, ratio(99), SLOWER, Unit::Times));
    }
    Ok(())
}

/// Both sides get pages of as many entries.
async fn questions(
    few: &Side,
    many: &Side,
    connections: &mut [Connection],
) -> Result<Vec<Question>> {
    let each = |path: fn(usize, usize) -> String| {
        [few, many].map(|side| {
            let spread = (0..FEW).map(|n| n * side.size.functions / FEW);
            spread.map(|n| path(n, side.size.versions)).collect()
        })
    };
    let page = format!("{}?MaxItems=5", load::FUNCTIONS);
    let mut middle = Vec::new();
    for (connection, side) in connections.iter_mut().zip([few, many]) {
        let marker = marker(connection, side.size.functions / 2).await?;
        middle.push(vec![format!("{page}&Marker={marker}")]);
    }
    let middle: [Vec<String>; 2] = middle.try_into().ok().context("two sides")?;
    Ok(vec![
        Question {
            what: "`GetFunction`",
            paths: each(|n, _| format!("{}/{}", load::FUNCTIONS, load::name(n))),
        },
        Question {
            what: "`GetFunction` of a version",
            paths: each(|n, versions| {
                format!("{}/{}?Qualifier={}", load::FUNCTIONS, load::name(n), versions / 2 + 1)
            }),
        },
        Question { what: "`ListFunctions`, first page", paths: [vec![page.clone()], vec![page]] },
        Question { what: "`ListFunctions`, page in the middle", paths: middle },
        Question {
            what: "`ListVersionsByFunction`",
            paths: each(|n, _| format!("{}/{}/versions", load::FUNCTIONS, load::name(n))),
        },
    ])
}

/// Goes through the pages up to the one that ends at about the `nth` function.
async fn marker(connection: &mut Connection, nth: usize) -> Result<String> {
    let (mut marker, mut seen) = (String::new(), 0);
    while seen < nth.max(1) {
        let size = (nth - seen).clamp(1, 50);
        let path = format!("{}?MaxItems={size}&Marker={marker}", load::FUNCTIONS);
        let path = if marker.is_empty() { path.replace("&Marker=", "") } else { path };
        let page: Value = serde_json::from_slice(&connection.ask(Method::GET, &path, b"").await?)?;
        seen += page["Functions"].as_array().context("a page of functions")?.len();
        page["NextMarker"].as_str().context("another page")?.clone_into(&mut marker);
    }
    Ok(marker)
}

async fn timed(connection: &mut Connection, path: &str) -> Result<Duration> {
    connection.prepare(Method::GET, path, None, b"")?;
    let (answer, took) = connection.exchange().await?;
    ensure!(answer.head.starts_with(b"HTTP/1.1 200"), "GET {path}: {}", answer.first_line());
    Ok(took)
}

fn memory(few: &Side, many: &Side, text: &mut String) {
    let records = |size: Size| size.functions * (1 + size.versions);
    let kib = many.resident_kib.saturating_sub(few.resident_kib);
    let more = records(many.size) - records(few.size);
    let each = number(usize::try_from(kib).unwrap_or(usize::MAX)) / number(more.max(1));
    let _ = writeln!(
        text,
        "\nResident memory of the server after loading: {} MiB, {} MiB with {FEW} functions: {each:.2} KiB for each \
         function or version.",
        many.resident_kib / 1024,
        few.resident_kib / 1024,
    );
}

fn restarted(side: Side, starts: usize) -> Result<Times> {
    let mut server = side.server;
    let mut times = Vec::new();
    for _ in 0..starts {
        server = server.restart()?;
        times.push(server.start_up());
    }
    server.stop()?;
    Ok(Times::new(times))
}
