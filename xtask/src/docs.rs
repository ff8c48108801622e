//! `cargo xtask docs`: the documents that are written from the code, so that they cannot say anything else.
//!
//! `docs/config.md` comes from the doc comments of the configuration structs, `docs/compatibility.md` from the generated
//! operations and from what the code refuses. SPECIFICATION.md is written by hand; here its tests are looked up.

mod compatibility;
mod config;
mod defaults;
mod notes;
mod operations;
mod refusals;
mod source;
mod specification;

use std::fs;

use anyhow::{Result, ensure};

use crate::checkout::Checkout;

/// Writes the documents; with `check`, only proves that the committed ones are current.
pub(crate) fn run(checkout: &Checkout, check: bool) -> Result<()> {
    let documents = [
        ("docs/config.md", config::document(checkout)?),
        ("docs/compatibility.md", compatibility::document(checkout)?),
    ];
    for (path, text) in &documents {
        let present = fs::read_to_string(checkout.path(path)).unwrap_or_default();
        if check {
            ensure!(present == *text, "{path} is not current; run `cargo xtask docs`");
        } else if present != *text {
            fs::write(checkout.path(path), text)?;
            println!("  wrote {path}");
        }
    }
    let promises = specification::check(checkout)?;
    println!(
        "  {} documents are current; SPECIFICATION.md names {promises} tests",
        documents.len()
    );
    Ok(())
}
