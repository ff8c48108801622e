//! The Lambda runtimes that this machine's interpreters can carry, added with the scripts that ship in the binary.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::checkout::Checkout;
use crate::process::{capture, command, find, run};

/// Python's minor versions that Lambda has runtimes for, the newest last.
const PYTHON_MINORS: std::ops::RangeInclusive<u32> = 9..=14;

/// The script's exit code for "this machine has no such interpreter".
const NOT_HERE: i32 = 3;

/// Adds the runtimes and returns the newest Python one and the Node one.
pub(super) fn add(checkout: &Checkout) -> Result<(String, String)> {
    let mut newest = None;
    for minor in PYTHON_MINORS {
        let id = format!("python3.{minor}");
        if add_python(checkout, &id)? {
            newest = Some(id);
        }
    }
    let python = newest.context("no Python between 3.9 and 3.14 was found")?;
    let node = find("node").context("node was installed but is not in PATH")?;
    let output = capture(command(&node).args(["-p", "process.versions.node.split('.')[0]"]))?;
    ensure!(output.status.success(), "{} does not start", node.display());
    let id = format!("nodejs{}.x", String::from_utf8_lossy(&output.stdout).trim());
    run(script(checkout, "add-nodejs.sh", &id).arg(&node))?;
    Ok((python, id))
}

fn add_python(checkout: &Checkout, id: &str) -> Result<bool> {
    let status = script(checkout, "add-python.sh", id).status().context("running add-python.sh")?;
    ensure!(
        status.success() || status.code() == Some(NOT_HERE),
        "{id} could not be added: {status}"
    );
    Ok(status.success())
}

fn script(checkout: &Checkout, name: &str, id: &str) -> std::process::Command {
    let mut sh = command("sh");
    sh.arg(checkout.root.join(Path::new("runtimes")).join(name)).arg(id).arg(checkout.runtimes());
    sh
}
