//! How long invocations take, as a client on the same machine sees it.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::checkout::Checkout;
use crate::process::{command, quiet};
use crate::server::Server;

/// Times every function with boto3 and prints a table.
pub(super) fn show(
    checkout: &Checkout,
    server: &Server,
    functions: &[(&str, String)],
    cold: u32,
    warm: u32,
) -> Result<()> {
    println!("  {cold} cold and {warm} warm invocations each, as boto3 sees them (milliseconds)");
    println!(
        "  {:<12} {:>10} {:>10} {:>10} {:>10}",
        "function", "cold p50", "warm p50", "warm p99", "warm min"
    );
    for (name, event_file) in functions {
        let mut python = command(checkout.venv("python"));
        python
            .current_dir(server.home())
            .envs(server.environment()?)
            .arg(checkout.path("xtask/timings.py"))
            .args([name, event_file.as_str(), &cold.to_string(), &warm.to_string()]);
        let times: Value = serde_json::from_str(&quiet(&mut python)?)?;
        let of = |what: &str| times[what].as_f64().with_context(|| format!("no {what} in {times}"));
        println!(
            "  {name:<12} {:>10.1} {:>10.2} {:>10.2} {:>10.2}",
            of("cold_p50")?,
            of("warm_p50")?,
            of("warm_p99")?,
            of("warm_min")?
        );
    }
    Ok(())
}
