//! The AWS SDK for JavaScript, for the tests that use it.

use std::fs;

use anyhow::Result;

use super::stamp::Stamp;
use crate::checkout::Checkout;
use crate::process::{command, quiet};

/// Installs exactly what the lock file of `tests/e2e/js` names.
pub(super) fn install(checkout: &Checkout) -> Result<()> {
    let home = checkout.sdk_for_javascript();
    let sources =
        ["package.json", "package-lock.json"].map(|file| checkout.path("tests/e2e/js").join(file));
    let stamp = Stamp::of(&home, &sources, &[])?;
    if stamp.is_current() && home.join("node_modules").exists() {
        println!("  .cache/js is current");
        return Ok(());
    }
    println!("  making .cache/js");
    fs::create_dir_all(&home)?;
    for source in &sources {
        fs::copy(source, home.join(source.file_name().unwrap_or_default()))?;
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    quiet(command("npm").current_dir(&home).args(arguments))?;
    stamp.set()
}
