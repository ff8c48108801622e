//! Installs what the machine lacks for the demo and the tests. Repeating it does nothing.
//!
//! Debian packages go where apt puts them; everything else stays in `.cache/` and `target/`.

mod debian;
mod javascript;
mod packages;
mod python;
mod runtimes;
mod stamp;

use anyhow::Result;

use crate::checkout::{Build, Checkout};
use crate::process::{command, run as run_command};
use crate::steps::Steps;

/// The number of steps that [`steps`] takes.
pub(crate) const STEPS: usize = 5;

/// What [`steps`] found out on the way.
#[derive(Debug)]
pub(crate) struct Provisioned {
    /// The Python runtime that the Python example is packaged for.
    pub(crate) python: String,
    /// The Node runtime of this machine.
    pub(crate) node: String,
}

/// Provisions on its own.
pub(crate) fn run(checkout: &Checkout) -> Result<Provisioned> {
    let mut progress = Steps::new(STEPS);
    let provisioned = steps(checkout, &mut progress)?;
    println!("\neverything is in place ({})", progress.elapsed());
    Ok(provisioned)
}

/// Provisions as the first steps of another chore.
pub(crate) fn steps(checkout: &Checkout, progress: &mut Steps) -> Result<Provisioned> {
    progress.step("Debian packages", debian::install)?;
    progress.step("AWS SDK for Python and pytest", || python::install(checkout))?;
    progress.step("AWS SDK for JavaScript", || javascript::install(checkout))?;
    let (python, node) =
        progress.step("Python and Node runtimes for Lambda", || runtimes::add(checkout))?;
    progress.step("Example functions", || packages::build(checkout, &python))?;
    Ok(Provisioned { python, node })
}

/// Builds the binary `lambkin`.
pub(crate) fn build(checkout: &Checkout, build: Build) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.current_dir(&checkout.root).args(["build", "--package", "server", "--bin", "lambkin"]);
    if matches!(build, Build::Release) {
        cargo.arg("--release");
    }
    run_command(cargo.arg("--target-dir").arg(&checkout.target))
}
