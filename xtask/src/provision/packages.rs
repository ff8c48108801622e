//! Deployment packages of the example functions, made the way their users would make them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::stamp::Stamp;
use crate::checkout::Checkout;
use crate::process::{command, quiet, run};

/// Builds the packages whose sources have changed.
pub(super) fn build(checkout: &Checkout, python: &str) -> Result<()> {
    fs::create_dir_all(checkout.target.join("guests"))?;
    make(checkout, "thumbnail-python", &[python], |folder, staging| {
        let version = python.trim_start_matches("python");
        println!("  thumbnail-python: fetching Pillow's wheel for Python {version}");
        quiet(
            command(checkout.venv("python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--only-binary",
                    ":all:",
                ])
                .args(["--python-version", version, "--target"])
                .arg(staging)
                .arg("--requirement")
                .arg(folder.join("requirements.txt")),
        )?;
        copy(&folder.join("handler.py"), staging)
    })?;
    make(checkout, "slugify-node", &[], |folder, staging| {
        println!("  slugify-node: npm install");
        copy(&folder.join("package.json"), staging)?;
        quiet(command("npm").current_dir(staging).args([
            "install",
            "--omit=dev",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--ignore-scripts",
        ]))?;
        copy(&folder.join("index.mjs"), staging)
    })?;
    make(checkout, "hello-rust", &[], |folder, staging| {
        println!("  hello-rust: cargo build --release");
        let target = checkout.target.join("guests/cargo");
        run(command("cargo")
            .current_dir(folder)
            .args(["build", "--quiet", "--release", "--locked", "--target-dir"])
            .arg(&target))?;
        copy(&target.join("release/bootstrap"), staging)
    })
}

fn make(
    checkout: &Checkout,
    example: &str,
    facts: &[&str],
    fill: impl FnOnce(&Path, &Path) -> Result<()>,
) -> Result<()> {
    let folder = checkout.path("examples").join(example);
    let package = checkout.package(example);
    let stamp = Stamp::of(&package, &sources(&folder)?, facts)?;
    if stamp.is_current() && package.exists() {
        println!("  {example}: current");
        return Ok(());
    }
    let staging = package.with_extension("staging");
    if staging.exists() {
        fs::remove_dir_all(&staging)?;
    }
    fs::create_dir_all(&staging)?;
    fill(&folder, &staging)?;
    zip(&staging, &package)?;
    fs::remove_dir_all(&staging)?;
    stamp.set()
}

/// The files directly in an example's folder and in its `src`.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in [folder.to_owned(), folder.join("src")] {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn copy(file: &Path, folder: &Path) -> Result<()> {
    let name = file.file_name().context("a file has a name")?;
    fs::copy(file, folder.join(name)).with_context(|| format!("copying {}", file.display()))?;
    Ok(())
}

fn zip(folder: &Path, package: &Path) -> Result<()> {
    use std::io;
    use std::os::unix::fs::PermissionsExt as _;

    let mut archive = zip::ZipWriter::new(fs::File::create(package)?);
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name =
                path.strip_prefix(folder)?.to_str().context("file names are UTF-8")?.to_owned();
            let mode = path.metadata()?.permissions().mode();
            archive.start_file(
                name,
                zip::write::SimpleFileOptions::default().unix_permissions(mode),
            )?;
            io::copy(&mut fs::File::open(&path)?, &mut archive)?;
        }
    }
    archive.finish()?;
    Ok(())
}
