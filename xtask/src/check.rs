//! `cargo xtask check`: exactly what has to hold before a change is merged.

use anyhow::Result;

use crate::checkout::Checkout;
use crate::process::{command, find, run as run_command};
use crate::steps::Steps;
use crate::{docs, links, tidy};

const STEPS: usize = 7;

/// Runs every check, stopping at the first that fails.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    let cargo = |arguments: &[&str]| {
        run_command(command("cargo").current_dir(&checkout.root).args(arguments))
    };
    let mut steps = Steps::new(STEPS);
    steps.step("Formatting", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("Files: sizes, names, module documentation", || tidy::run(checkout))?;
    steps.step("Documents: links", || links::run(checkout))?;
    steps.step("Documents: written from the code", || docs::run(checkout, true))?;
    steps.step("Generated code is current", || xtask::codegen::run(true))?;
    steps.step("Lints", || {
        cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])
    })?;
    steps.step("Licences and advisories of dependencies", || {
        if find("cargo-deny").is_none() {
            println!("  skipped: cargo-deny is not installed (cargo install cargo-deny)");
            return Ok(());
        }
        cargo(&["deny", "check"])
    })?;
    println!("\nall checks hold ({})", steps.elapsed());
    Ok(())
}
