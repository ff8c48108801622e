//! `cargo xtask test`: every test there is, and one closing line with their number.

use anyhow::{Result, bail};
use clap::Args;

use crate::checkout::{Build, Checkout};
use crate::process::{command, follow};
use crate::provision;
use crate::steps::Steps;

/// What to test.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only the Rust tests
    #[arg(long, conflicts_with = "e2e")]
    rust: bool,
    /// Only the tests that drive a running server with the AWS CLI and boto3
    #[arg(long)]
    e2e: bool,
    /// Only end-to-end tests whose names contain this (pytest's -k)
    #[arg(long, short = 'k')]
    filter: Option<String>,
}

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// Runs the tests; a failing one does not keep the rest from running.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let suites = if options.rust || options.e2e { 1 } else { 2 };
    let mut steps = Steps::new(provision::STEPS + suites + usize::from(!options.rust));
    provision::steps(checkout, &mut steps)?;
    let mut total = Tally::default();
    if !options.e2e {
        total.add(steps.step("Rust tests (cargo test --workspace)", || rust(checkout))?);
    }
    if !options.rust {
        // The debug build: overflow checks and debug assertions are on.
        steps.step("Building lambkin", || provision::build(checkout, Build::Debug))?;
        total.add(
            steps.step("End-to-end tests (AWS CLI and SDKs)", || end_to_end(checkout, options))?,
        );
    }
    println!("\nall suites, in {}:", steps.elapsed());
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 {
        bail!("some tests failed; each is reported above where it ran");
    }
    Ok(())
}

fn rust(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut cargo = command("cargo");
    cargo
        .current_dir(&checkout.root)
        .args(["test", "--workspace", "--no-fail-fast", "--target-dir"])
        .arg(&checkout.target);
    let success = follow(&mut cargo, |line| tally.add(cargo_line(line).unwrap_or_default()))?;
    tally.settle(success)
}

fn end_to_end(checkout: &Checkout, options: &Options) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut pytest = command(checkout.venv("python"));
    pytest
        .current_dir(checkout.path("tests"))
        .env("LAMBKIN_BINARY", checkout.lambkin(Build::Debug))
        .env("LAMBKIN_RUNTIMES", checkout.runtimes())
        .env("LAMBKIN_JS", checkout.sdk_for_javascript())
        .env("LAMBKIN_PACKAGES", checkout.target.join("guests"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["-m", "pytest", "e2e", "--verbose", "--color=no", "-p", "no:cacheprovider"]);
    if let Some(filter) = &options.filter {
        pytest.args(["-k", filter]);
    }
    let success = follow(&mut pytest, |line| tally.add(pytest_line(line).unwrap_or_default()))?;
    tally.settle(success)
}

/// Reads `test result: ok. 12 passed; 0 failed; …`, the closing line of a Rust test binary.
fn cargo_line(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?;
    Some(Tally { passed: count(counts, "passed")?, failed: count(counts, "failed")? })
}

/// Reads `==== 12 passed, 1 failed, 2 errors in 3.4s ====`, the closing line of pytest.
fn pytest_line(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("===")?.strip_suffix("===")?;
    if !counts.contains(" in ") {
        return None;
    }
    let of = |what| count(counts, what).unwrap_or_default();
    Some(Tally { passed: of("passed"), failed: of("failed") + of("error") + of("errors") })
}

/// The number before the word `what`.
fn count(line: &str, what: &str) -> Option<u64> {
    let words: Vec<_> = line.split([' ', ',', ';', '=']).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == what)?[0].parse().ok()
}

// === impl Tally ===

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// A runner that failed without a failing test (it did not compile, say) counts as one failure.
    fn settle(mut self, success: bool) -> Result<Self> {
        if success && self == Self::default() {
            bail!("the runner ran no test");
        }
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, cargo_line, pytest_line};

    #[test]
    fn closing_lines_of_cargo_are_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(cargo_line(line), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(cargo_line("test foo ... ok"), None);
    }

    #[test]
    fn closing_lines_of_pytest_are_counted() {
        let line = "============ 1 failed, 40 passed, 2 errors in 12.34s (0:00:12) =============";
        assert_eq!(pytest_line(line), Some(Tally { passed: 40, failed: 3 }));
        assert_eq!(pytest_line("=========== FAILURES ==========="), None);
    }

    #[test]
    fn a_runner_that_does_not_compile_is_a_failure() {
        assert_eq!(Tally::default().settle(false).unwrap().failed, 1);
        assert!(Tally::default().settle(true).is_err());
    }
}
