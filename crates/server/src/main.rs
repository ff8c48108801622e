//! The binary `lambkin`: command line, configuration, wiring, signals, drain.
//!
//! The only crate that names concrete backends. Start with [`start`], which puts the house
//! together; everything else here is a short command of its own.

mod cli;
mod code_route;
mod code_source;
mod config;
mod customer_keys;
mod doctor;
mod encryption;
mod env;
mod house;
mod keys;
mod metrics_route;
mod people;
mod place;
mod runtimes;
mod sign;
mod start;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    // The spawner is this same program, started by the server. It must be the first thing, before
    // any thread exists.
    jail::run_spawner_if_asked();
    let outcome = match Cli::parse().command {
        Command::Start(arguments) => start::run(&arguments),
        Command::Env(arguments) => env::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Runtimes(arguments) => runtimes::run(&arguments),
        Command::Sign(arguments) => sign::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}
