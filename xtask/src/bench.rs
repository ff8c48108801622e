//! `cargo xtask bench`: how fast Lambkin is, as ratios to a floor measured in the same run.
//!
//! The chore prepares as a debug build, then starts itself again as a release build, which measures: the load generator
//! and the floor must not be what is slow. Nothing here fails because of a time; it fails if an answer is wrong.
//!
//! Start at [`floor`] for what the figures are compared with, then [`load`] for what is timed; [`warm`], [`cold`],
//! [`burst`], [`churn`], [`density`], [`overload`], [`catalogue`] and [`start_up`] are the measurements, each with its method.

mod burst;
mod catalogue;
mod churn;
mod client;
mod clock;
mod cold;
mod compare;
mod counts;
mod density;
mod effort;
mod floor;
mod floor_process;
mod functions;
mod guests;
mod holdings;
mod http1;
mod load;
mod machine;
mod overload;
mod page;
mod pairs;
mod peers;
mod processes;
mod ready;
mod section;
mod start_up;
mod statistics;
mod steal;
mod svg;
mod warm;
mod words;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand, ValueEnum};
use tokio::task::LocalSet;

use self::effort::{Effort, FULL, QUICK};
use self::floor_process::Floor;
use self::guests::Guest;
use self::machine::Machine;
use self::ready::Variant;
use self::section::Section;
use crate::checkout::{Build, Checkout};
use crate::process::{command, run as run_command};
use crate::provision;
use crate::server::Server;
use crate::steps::Steps;

/// What to measure.
///
/// A whole run writes a page and a drawing to bench/results/, to be committed: figures beside their goals, then every
/// measurement with its method. bench/README.md tells more. Leave the machine alone meanwhile.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Fewer and shorter rounds: to see that it works, not to quote
    #[arg(long, global = true)]
    quick: bool,
    /// Only these measurements; the page then stays in the target folder
    #[arg(long, global = true, value_delimiter = ',', value_name = "PART,…")]
    only: Vec<Part>,
    /// Also measures ministack, from the Python package index, on the same work
    #[arg(long, global = true)]
    peers: bool,
    #[command(subcommand)]
    stage: Option<Stage>,
}

/// What else there is to do than to measure, and what the chore starts itself again for.
#[derive(Debug, Subcommand)]
enum Stage {
    /// Shows what became of each goal from one page of results to another
    Compare {
        /// The older page
        before: PathBuf,
        /// The newer page
        after: PathBuf,
    },
    /// Measures with what was prepared
    #[command(hide = true)]
    Measure { python: String, node: String },
    /// Is the floor
    #[command(hide = true)]
    Floor {
        /// Gives each guest one event only
        #[arg(long)]
        once: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Server: start to ready, resident memory
    Start,
    /// Cold starts one at a time, with blank jails and stem cells ready and with nothing ready
    Cold,
    /// Many cold starts at once
    Burst,
    /// Warm invocations at 1, 8 and 32 connections
    Warm,
    /// Instructions and system calls of a warm invocation
    Counts,
    /// Environments created and destroyed per second
    Churn,
    /// Thousands of idle environments held at once, and what each costs
    Density,
    /// Ten times more calls than can be admitted
    Overload,
    /// Reading and starting with 10,000 functions and 100,000 versions
    Catalogue,
    /// Beside ministack; only if asked for, here or with --peers
    Peers,
}

/// The functions; they live as long as the program, as the loops of many clients share them.
#[derive(Debug)]
struct Guests {
    probe: &'static Guest,
    rust: &'static Guest,
    python: &'static Guest,
    node: &'static Guest,
}

/// Runs the stage that was asked for, which is the first unless this program asked itself.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    match &options.stage {
        None => prepare(checkout, options),
        Some(Stage::Compare { before, after }) => {
            let read = |page: &PathBuf| {
                fs::read_to_string(page).with_context(|| page.display().to_string())
            };
            print!("{}", compare::table(&read(before)?, &read(after)?)?);
            Ok(())
        }
        Some(Stage::Floor { once }) => floor::run(*once),
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
        if options.peers {
            again.arg("--peers");
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
    let machine = Machine::describe(checkout)?;
    let guests = Guests::make(checkout, [python, node])?;
    let mut parts = options.only.clone();
    if parts.is_empty() {
        parts.extend(Part::value_variants().iter().filter(|part| **part != Part::Peers));
    }
    if options.peers && !parts.contains(&Part::Peers) {
        parts.push(Part::Peers);
    }
    let (mut sections, mut failed) = (Vec::new(), Vec::new());
    for part in parts {
        let name = part.to_possible_value().context("every part has a name")?;
        println!("  {}", name.get_name());
        match measure(part, checkout, &guests, effort).await {
            Ok(section) => sections.push(section),
            // What the others found is not lost for it.
            Err(error) => {
                println!("  given up: {error:#}");
                sections.push(Section::given_up(name.get_name(), &error));
                failed.push(name.get_name().to_owned());
            }
        }
    }
    page::publish(checkout, &sections, &machine, !options.quick && options.only.is_empty())?;
    ensure!(failed.is_empty(), "these parts went wrong: {}", failed.join(", "));
    Ok(())
}

async fn measure(
    part: Part,
    checkout: &Checkout,
    guests: &Guests,
    effort: &Effort,
) -> Result<Section> {
    match part {
        Part::Start => start_up::measure(checkout, effort.starts),
        Part::Cold => cold(checkout, guests, effort).await,
        Part::Burst => {
            let server = Server::start(checkout, Build::Release, "bench")?;
            let all = [guests.probe, guests.python, guests.node];
            let section = burst::measure(&server, &all, effort).await?;
            server.stop()?;
            Ok(section)
        }
        Part::Warm => {
            let server = Server::start(checkout, Build::Release, "bench")?;
            let floor = Floor::start(server.home().join("guests.log"))?;
            let section = warm::measure(&server, &floor, guests.rust, effort).await?;
            server.stop()?;
            Ok(section)
        }
        Part::Counts => counts::measure(checkout, guests.rust, effort.counted).await,
        Part::Churn => churn::measure(checkout, guests.probe, effort).await,
        Part::Density => density::measure(checkout, guests.probe, effort).await,
        Part::Overload => overload::measure(checkout, guests.probe, effort).await,
        Part::Catalogue => catalogue::measure(checkout, effort).await,
        Part::Peers => {
            let server = Server::start(checkout, Build::Release, "bench")?;
            let section = peers::measure(checkout, &server, guests.python, effort).await?;
            server.stop()?;
            Ok(section)
        }
    }
}

async fn cold(checkout: &Checkout, guests: &Guests, effort: &Effort) -> Result<Section> {
    let servers = ready::start(checkout)?;
    let floor = Floor::start(checkout.target.join("bench/guests.log"))?;
    let all = [
        (guests.probe, effort.provided_colds),
        (guests.python, effort.managed_colds),
        (guests.node, effort.managed_colds),
    ];
    let section = cold::measure(&servers, &floor, &all).await?;
    for Variant { server, .. } in servers {
        server.stop()?;
    }
    Ok(section)
}

// === impl Guests ===

impl Guests {
    fn make(checkout: &Checkout, [python, node]: [&str; 2]) -> Result<Self> {
        let home = clear(checkout.target.join("bench-guests"))?;
        let hello_py = ("hello.py", include_str!("bench/hello.py"));
        let hello_mjs = ("hello.mjs", include_str!("bench/hello.mjs"));
        let keep = |guest| -> &'static Guest { Box::leak(Box::new(guest)) };
        Ok(Self {
            probe: keep(Guest::probe(checkout, &home)?),
            rust: keep(Guest::rust(checkout, &home)?),
            python: keep(Guest::managed(checkout, &home, python, hello_py)?),
            node: keep(Guest::managed(checkout, &home, node, hello_mjs)?),
        })
    }
}

fn clear(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
