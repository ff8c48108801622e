//! Tries to escape from jails. Needs root, as jails do.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod endings;
mod files;
mod house;
mod limits;
mod network;
mod privileges;
mod programs;
mod slots;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// A test is its name and a function that panics when it fails.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    // The spawners of all tests are this program, and so is the server that one test kills.
    jail::run_spawner_if_asked();
    endings::be_a_doomed_server_if_asked();
    let groups = [
        programs::TESTS,
        files::TESTS,
        privileges::TESTS,
        limits::TESTS,
        network::TESTS,
        slots::TESTS,
        endings::TESTS,
    ];
    let trial = |(name, test): &Test| {
        let test = *test;
        Trial::test(*name, move || run(test))
    };
    let trials = groups.into_iter().flatten().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(test: fn()) -> Result<(), Failed> {
    if !rustix::process::geteuid().is_root() {
        return Err("jails need root, and so do their tests".into());
    }
    test();
    Ok(())
}
