//! Generated text as files: formatted, written or compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// No generated file may be longer, so that each can still be read.
const MAX_LINES: usize = 1500;

/// The generated files of one service by their path below `crates/api/src/<service>`.
pub(super) type Generated = BTreeMap<String, String>;

/// Returns the folder of the workspace.
pub(super) fn workspace_root() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_owned).context("xtask lies in the workspace")
}

/// Writes the files of a service or, with `check`, compares them with what is there.
pub(super) fn settle(root: &Path, service: &str, generated: &Generated, check: bool) -> Result<()> {
    let formatted = format(root, service, generated)?;
    for (path, text) in &formatted {
        let lines = text.lines().count();
        ensure!(
            lines <= MAX_LINES,
            "{service}/{path} would have {lines} lines; split its resource in services.rs"
        );
    }
    let folder = root.join("crates/api/src").join(service);
    let present = present(&folder)?;
    if check {
        return compare(service, &formatted, &present);
    }
    for path in present.keys().filter(|path| !formatted.contains_key(*path)) {
        fs::remove_file(folder.join(path))?;
    }
    for (path, text) in formatted.iter().filter(|(path, text)| present.get(*path) != Some(text)) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn compare(service: &str, wanted: &Generated, present: &Generated) -> Result<()> {
    let paths = wanted.keys().chain(present.keys());
    let mut stale: Vec<_> = paths.filter(|path| wanted.get(*path) != present.get(*path)).collect();
    stale.sort();
    stale.dedup();
    if !stale.is_empty() {
        bail!("not current in crates/api/src/{service}: {stale:?}; run `cargo xtask codegen`");
    }
    Ok(())
}

/// Reads the generated files that are there.
fn present(folder: &Path) -> Result<Generated> {
    let mut found = Generated::new();
    let mut queue = vec![PathBuf::from("generated")];
    let top = folder.join("generated.rs");
    if top.exists() {
        found.insert("generated.rs".into(), fs::read_to_string(top)?);
    }
    while let Some(relative) = queue.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&relative)) else { continue };
        for entry in entries {
            let entry = entry?;
            let path = relative.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                queue.push(path);
            } else {
                let name = path.to_str().context("generated paths are text")?.to_owned();
                found.insert(name, fs::read_to_string(entry.path())?);
            }
        }
    }
    Ok(found)
}

/// Runs rustfmt over the files in a folder of their own.
#[expect(clippy::disallowed_methods, reason = "a chore may call rustfmt")]
fn format(root: &Path, service: &str, generated: &Generated) -> Result<Generated> {
    let scratch = root.join("target/codegen").join(service);
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    for (path, text) in generated {
        let path = scratch.join(path);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(path, text)?;
    }
    let status = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .arg(scratch.join("generated.rs"))
        .status()
        .context("running rustfmt")?;
    ensure!(
        status.success(),
        "rustfmt refused the generated code of {service}, see {}",
        scratch.display()
    );
    present(&scratch)
}
