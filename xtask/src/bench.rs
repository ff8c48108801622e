//! `cargo xtask bench`: how fast Lambkin is, as ratios to a floor measured in the same run.
//!
//! The chore prepares as a debug build, then starts itself again as a release build, which measures: the load generator
//! and the floor must not be what is slow. Nothing here fails because of a time; it fails if an answer is wrong.
//!
//! Start at [`floor`] for what the figures are compared with, then [`load`] for what is timed; [`warm`], [`cold`],
//! [`churn`] and [`start_up`] are the measurements, each with its method.

mod churn;
mod client;
mod clock;
mod cold;
mod floor;
mod floor_process;
mod functions;
mod guests;
mod http1;
mod load;
mod machine;
mod processes;
mod report;
mod start_up;
mod statistics;
mod warm;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use tokio::task::LocalSet;

use self::floor_process::Floor;
use self::guests::Guest;
use self::machine::Machine;
use self::report::Findings;
use crate::checkout::{Build, Checkout};
use crate::process::{command, run as run_command};
use crate::provision;
use crate::server::Server;
use crate::steps::Steps;

/// What to measure.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Fewer and shorter rounds: to see that it works, not to quote
    #[arg(long, global = true)]
    quick: bool,
    /// Only these measurements
    #[arg(long, global = true, value_delimiter = ',', value_name = "PART,…")]
    only: Vec<Part>,
    #[command(subcommand)]
    stage: Option<Stage>,
}

/// What the chore starts itself again for.
#[derive(Debug, Subcommand)]
enum Stage {
    /// Measures with what was prepared
    #[command(hide = true)]
    Measure { python: String, node: String },
    /// Is the floor
    #[command(hide = true)]
    Floor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Warm invocations at 1, 8 and 32 connections
    Warm,
    /// Cold starts and the memory of idle environments
    Cold,
    /// Environments created and destroyed per second
    Churn,
    /// Start-up time and memory of the server
    Start,
}

/// How much is measured.
#[derive(Debug)]
struct Effort {
    warm_up: Duration,
    /// Length and number of warm rounds on each side.
    round: Duration,
    rounds: usize,
    /// Cold starts of the Rust guest, whose environments then stay for the memory figure, and of each other guest.
    provided_colds: usize,
    managed_colds: usize,
    /// Length and number of rounds of churn on each side.
    churn: Duration,
    churns: usize,
    starts: usize,
}

const FULL: Effort = Effort {
    warm_up: Duration::from_millis(500),
    round: Duration::from_secs(1),
    rounds: 7,
    provided_colds: 50,
    managed_colds: 25,
    churn: Duration::from_secs(3),
    churns: 3,
    starts: 7,
};

const QUICK: Effort = Effort {
    warm_up: Duration::from_millis(200),
    round: Duration::from_millis(400),
    rounds: 3,
    provided_colds: 20,
    managed_colds: 5,
    churn: Duration::from_secs(1),
    churns: 1,
    starts: 2,
};

/// Runs the stage that was asked for, which is the first unless this program asked itself.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    match &options.stage {
        None => prepare(checkout, options),
        Some(Stage::Floor) => floor::run(),
        Some(Stage::Measure { python, node }) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let measured = measure_all(checkout, options, [python, node]);
            LocalSet::new().block_on(&runtime, measured)
        }
    }
}

fn prepare(checkout: &Checkout, options: &Options) -> Result<()> {
    let mut steps = Steps::new(provision::STEPS + 2);
    let provisioned = provision::steps(checkout, &mut steps)?;
    steps.step("Building lambkin and the load generator (release)", || {
        provision::build(checkout, Build::Release)?;
        run_command(
            command("cargo")
                .current_dir(&checkout.root)
                .args(["build", "--release", "--package", "xtask", "--target-dir"])
                .arg(&checkout.target),
        )
    })?;
    steps.step("Measuring", || {
        let mut again = command(checkout.target.join("release/xtask"));
        again.args(["bench", "measure", &provisioned.python, &provisioned.node]);
        if options.quick {
            again.arg("--quick");
        }
        for part in &options.only {
            let name = part.to_possible_value().context("every part has a name")?;
            again.args(["--only", name.get_name()]);
        }
        run_command(&mut again)
    })
}

async fn measure_all(
    checkout: &Checkout,
    options: &Options,
    [python, node]: [&str; 2],
) -> Result<()> {
    let effort = if options.quick { &QUICK } else { &FULL };
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let machine = Machine::describe(checkout)?;
    let home = clear(checkout.target.join("bench-guests"))?;
    // Guests live as long as the program: the loops of many clients share them.
    let rust: &'static Guest = Box::leak(Box::new(Guest::rust(checkout, &home)?));
    let managed = [
        Guest::managed(checkout, &home, python, ("hello.py", include_str!("bench/hello.py")))?,
        Guest::managed(checkout, &home, node, ("hello.mjs", include_str!("bench/hello.mjs")))?,
    ];
    let mut findings = Findings::default();
    if wanted(Part::Start) {
        println!("  start-up");
        findings.start_up = Some(start_up::measure(checkout, effort.starts)?);
    }
    if wanted(Part::Warm) || wanted(Part::Cold) {
        let server = Server::start(checkout, Build::Release, "bench")?;
        let floor = Floor::start(server.home().join("guests.log"))?;
        if wanted(Part::Cold) {
            println!("  cold starts of {}", rust.title);
            findings.cold.push(cold::measure(&server, &floor, rust, effort.provided_colds).await?);
            for guest in &managed {
                println!("  cold starts of {}", guest.title);
                findings
                    .cold
                    .push(cold::measure(&server, &floor, guest, effort.managed_colds).await?);
            }
        }
        if wanted(Part::Warm) {
            println!("  warm invocations");
            findings.warm = warm::measure(&server, &floor, rust, effort).await?;
        }
        server.stop()?;
    }
    if wanted(Part::Churn) {
        println!("  churn");
        findings.churn = churn::measure(checkout, rust, effort).await?;
    }
    publish(checkout, options, &findings, &machine)
}

/// Shows the report, and keeps it unless it is a quick one.
fn publish(
    checkout: &Checkout,
    options: &Options,
    findings: &Findings,
    machine: &Machine,
) -> Result<()> {
    let title = format!("Bench of {}, {}", machine.commit, machine.date);
    let report = findings.markdown(&title, &machine.paragraph()?);
    println!("\n{report}");
    let folder = if options.quick || !options.only.is_empty() {
        checkout.target.join("bench-results")
    } else {
        checkout.path("bench/results")
    };
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{}-{}.md", machine.date, machine.commit));
    fs::write(&file, report)?;
    println!("kept as {}", file.display());
    Ok(())
}

fn clear(folder: PathBuf) -> Result<PathBuf> {
    if Path::new(&folder).exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
