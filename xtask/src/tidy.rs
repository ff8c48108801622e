//! What STYLE.md and ARCHITECTURE.md ask and the compiler does not check.

mod rules;
mod walls;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::checkout::Checkout;

/// Checks every crate and Rust file of the workspace and reports all that is wrong at once.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "examples"] {
        collect(&checkout.path(folder), &mut files)?;
    }
    files.sort();
    let mut faults = walls::faults(&checkout.path("crates"))?;
    for file in &files {
        let text =
            fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        let name = file.strip_prefix(&checkout.root)?;
        faults.extend(
            rules::faults(name, &text)
                .into_iter()
                .map(|fault| format!("{}: {fault}", name.display())),
        );
    }
    ensure!(faults.is_empty(), "{} faults:\n  {}", faults.len(), faults.join("\n  "));
    println!("  {} Rust files", files.len());
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" && entry.file_name() != "node_modules" {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
