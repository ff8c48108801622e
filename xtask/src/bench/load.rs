//! The load generator: a closed loop on each of several connections, all on one thread.
//!
//! Every request is signed anew, for the floor too. Signing happens before the clock of a request starts, so it is in the
//! throughput of both sides and in the latency of neither.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use http::Method;
use tokio::task::JoinSet;

use super::client::{Endpoint, PATIENCE, check_greeting};
use super::guests::{EVENT, GREETING};
use super::processes;
use super::statistics::Times;

/// What is put under load.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Where requests go.
    pub(super) endpoint: Endpoint,
    /// The path of the invocation.
    pub(super) path: String,
    /// The process that serves, whose processor time is counted.
    pub(super) pid: u32,
}

/// What one round found.
#[derive(Clone, Debug)]
pub(super) struct Round {
    /// Each invocation, from the first byte sent to the last received.
    pub(super) times: Times,
    /// Invocations per second.
    pub(super) throughput: f64,
    /// Processor time of the serving process for all of them (not of guests or of the generator).
    pub(super) cpu: Duration,
}

/// Loads a target for a while with so many connections.
pub(super) async fn round(target: &Target, connections: usize, length: Duration) -> Result<Round> {
    let cpu_before = processes::cpu_time(target.pid)?;
    let started = Instant::now();
    let until = started + length;
    let mut loops = JoinSet::new();
    for _ in 0..connections {
        loops.spawn_local(one_loop(target.clone(), until));
    }
    let mut times = Vec::new();
    let all = async {
        while let Some(done) = loops.join_next().await {
            times.extend(done??);
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(length + PATIENCE, all).await.context("an answer never came")??;
    let elapsed = started.elapsed();
    let cpu = processes::cpu_time(target.pid)?.saturating_sub(cpu_before);
    let count = u32::try_from(times.len())?;
    Ok(Round {
        times: Times::new(times),
        throughput: f64::from(count) / elapsed.as_secs_f64(),
        cpu,
    })
}

async fn one_loop(target: Target, until: Instant) -> Result<Vec<Duration>> {
    let mut connection = target.endpoint.connect().await?;
    let mut times = Vec::new();
    while Instant::now() < until {
        connection.prepare(Method::POST, &target.path, None, EVENT)?;
        let (answer, took) = connection.exchange().await?;
        check_greeting(&answer, GREETING)?;
        times.push(took);
    }
    Ok(times)
}
