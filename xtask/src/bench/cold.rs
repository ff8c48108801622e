//! Cold starts: the first invocation of a function, against the same program started bare.
//!
//! Both clocks start when the caller asks, with nothing running. Bare, the caller then starts the program itself, sends
//! its request to the floor, and has the answer once the program has asked for `next` and answered. The difference is
//! what Lambkin adds: its request handling, the jail, the code's mount and the log. Every sample is a function of its own,
//! so that it is cold beyond doubt; all have the same package, which the first one unpacks.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use http::Method;

use super::client::{Endpoint, PATIENCE, check_greeting};
use super::floor_process::Floor;
use super::functions;
use super::guests::{EVENT, GREETING, Guest};
use super::processes::{self, Memory};
use super::statistics::Times;
use crate::server::Server;

/// How long environments are left alone before their memory is read.
const SETTLE: Duration = Duration::from_secs(1);

/// What was found for one guest.
#[derive(Debug)]
pub(super) struct Cold {
    /// The guest's title.
    pub(super) guest: String,
    /// The first start of all under Lambkin, which unpacks the package.
    pub(super) first: Duration,
    /// Starts of the bare program.
    pub(super) bare: Times,
    /// Starts under Lambkin, without the first.
    pub(super) ours: Times,
    /// Memory before and after, with all environments idle.
    pub(super) memory: (Memory, Memory),
}

/// Measures so many cold starts of a guest, one at a time, bare and under Lambkin in turns.
pub(super) async fn measure(
    server: &Server,
    floor: &Floor,
    guest: &Guest,
    samples: usize,
) -> Result<Cold> {
    let endpoint = Endpoint::of(server)?;
    let names =
        functions::names(&format!("bench-{}", guest.runtime.replace('.', "-")), samples + 1);
    functions::create(&endpoint, guest, &names).await?;
    let before = processes::memory(server.pid())?;
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for name in &names {
        bare.push(start_bare(floor, guest).await?);
        ours.push(invoke(&endpoint, name).await?);
    }
    tokio::time::sleep(SETTLE).await;
    let memory = (before, processes::memory(server.pid())?);
    functions::delete(&endpoint, &names).await?;
    bare.remove(0);
    let first = ours.remove(0);
    Ok(Cold {
        guest: guest.title.clone(),
        first,
        bare: Times::new(bare),
        ours: Times::new(ours),
        memory,
    })
}

/// Starts the bare program and has it answer once.
pub(super) async fn start_bare(floor: &Floor, guest: &Guest) -> Result<Duration> {
    let target = floor.target(&functions::invocations(&guest.runtime));
    let mut connection = target.endpoint.connect().await?;
    connection.prepare(Method::POST, &target.path, None, EVENT)?;
    let started = Instant::now();
    let _process = floor.start_guest(guest)?;
    let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
    let (answer, _) = answered.with_context(|| format!("{} does not start", guest.title))??;
    let took = started.elapsed();
    check_greeting(&answer, GREETING)?;
    Ok(took)
}

async fn invoke(endpoint: &Endpoint, name: &str) -> Result<Duration> {
    let mut connection = endpoint.connect().await?;
    connection.prepare(Method::POST, &functions::invocations(name), None, EVENT)?;
    let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
    let (answer, took) = answered.with_context(|| format!("{name} does not answer"))??;
    check_greeting(&answer, GREETING)?;
    Ok(took)
}
