//! Project chores, started as `cargo xtask <chore>`. It never ships: nothing here is part of Lambkin.
//!
//! Start at [`Chore`]: each variant is one chore and one module.
#![expect(clippy::print_stdout, reason = "a chore talks to the person who started it")]

mod aws;
mod bench;
mod check;
mod checkout;
mod demo;
mod docs;
mod links;
mod process;
mod provision;
mod server;
mod steps;
mod suite;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::checkout::Checkout;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Lambkin's project chores")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Shows Lambkin doing its main job: deploys three real functions with the AWS CLI, invokes them, checks the answers
    Demo(demo::Options),
    /// Runs every test: Rust, then the AWS CLI and boto3 against a running server
    Test(suite::Options),
    /// Measures Lambkin against a floor measured in the same run, and writes a table to bench/results/
    Bench(bench::Options),
    /// Runs exactly what has to hold before a change is merged: formatting, lints, generated code, files, links
    Check,
    /// Installs what the machine lacks for the demo and the tests, and says so
    Provision,
    /// Regenerates crates/api from the AWS service models
    Codegen {
        /// Changes nothing; fails if the committed files are not current
        #[arg(long)]
        check: bool,
    },
    /// Writes docs/config.md and docs/compatibility.md from the code
    Docs {
        /// Changes nothing; fails if the committed documents are not current
        #[arg(long)]
        check: bool,
    },
    /// Checks what the compiler does not: file sizes, file names, module documentation, test names
    Tidy,
}

fn main() -> ExitCode {
    match run(Cli::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    let checkout = Checkout::find()?;
    match chore {
        Chore::Demo(options) => demo::run(&checkout, &options),
        Chore::Test(options) => suite::run(&checkout, &options),
        Chore::Bench(options) => bench::run(&checkout, &options),
        Chore::Check => check::run(&checkout),
        Chore::Provision => provision::run(&checkout).map(drop),
        Chore::Codegen { check } => xtask::codegen::run(check),
        Chore::Docs { check } => docs::run(&checkout, check),
        Chore::Tidy => tidy::run(&checkout),
    }
}
