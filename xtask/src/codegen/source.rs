//! Where the models come from: one wheel of botocore, fetched once and held to its hash.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::model::Model;
use super::services::Service;

const VERSION: &str = "1.44.5";
const SHA256: &str = "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921";

/// Returns the path of the wheel, fetching it with pip if it is not there yet.
pub(super) fn wheel(root: &Path) -> Result<PathBuf> {
    let folder = root.join(".cache").join("botocore");
    let wheel = folder.join(format!("botocore-{VERSION}-py3-none-any.whl"));
    if !wheel.exists() {
        fs::create_dir_all(&folder)?;
        fetch(&folder)?;
    }
    let bytes = fs::read(&wheel).with_context(|| format!("reading {}", wheel.display()))?;
    let found = hex::encode(Sha256::digest(&bytes));
    ensure!(
        found == SHA256,
        "{} has the SHA-256 {found}, not the pinned {SHA256}; delete it to fetch it again",
        wheel.display()
    );
    Ok(wheel)
}

#[expect(clippy::disallowed_methods, reason = "a chore may call pip")]
fn fetch(folder: &Path) -> Result<()> {
    let status = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--dest",
        ])
        .arg(folder)
        .arg(format!("botocore=={VERSION}"))
        .status()
        .context("running python3 -m pip (is Python with pip installed?)")?;
    ensure!(status.success(), "pip could not download botocore {VERSION}");
    Ok(())
}

/// Reads one service's model out of the wheel.
pub(super) fn load(wheel: &Path, service: &Service) -> Result<Model> {
    let mut archive = ZipArchive::new(File::open(wheel)?)?;
    let entry = format!("botocore/data/{}/{}/service-2.json.gz", service.name, service.version);
    let mut json = Vec::new();
    GzDecoder::new(archive.by_name(&entry).with_context(|| format!("looking for {entry}"))?)
        .read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

#[cfg(test)]
mod tests {
    use super::VERSION;

    #[test]
    fn the_tests_probe_the_model_that_the_code_is_made_of() {
        let requirements = include_str!("../../../tests/requirements.txt");
        let pinned = format!("botocore=={VERSION}");
        assert!(requirements.lines().any(|line| line == pinned), "{pinned}");
    }
}
