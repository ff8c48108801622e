//! The Python environment with the AWS CLI, boto3 and pytest.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::stamp::Stamp;
use crate::checkout::Checkout;
use crate::process::{command, find, quiet};

/// Makes the environment, with the versions that `tests/requirements.txt` pins.
pub(super) fn install(checkout: &Checkout) -> Result<()> {
    let venv = checkout.path(".cache/venv");
    let requirements = checkout.path("tests/requirements.txt");
    let stamp = Stamp::of(&venv, std::slice::from_ref(&requirements), &[])?;
    if stamp.is_current() && checkout.venv("python").exists() {
        println!("  .cache/venv is current");
        return Ok(());
    }
    println!("  making .cache/venv");
    if venv.exists() {
        fs::remove_dir_all(&venv)?;
    }
    quiet(command(interpreter()).args(["-m", "venv"]).arg(&venv))?;
    println!(
        "  installing {}",
        fs::read_to_string(&requirements)?.lines().collect::<Vec<_>>().join(", ")
    );
    quiet(
        command(checkout.venv("python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&requirements),
    )?;
    stamp.set()
}

/// The system's own Python if it can make environments: one that a version manager keeps may go away any day.
fn interpreter() -> std::path::PathBuf {
    let system = Path::new("/usr/bin/python3");
    let usable = quiet(command(system).args(["-c", "import ensurepip, venv"])).is_ok();
    if usable { system.to_owned() } else { find("python3").unwrap_or_else(|| system.to_owned()) }
}
