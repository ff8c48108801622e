//! Remembers what something was made from, so that it is made again only when that changes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest as _, Sha256};

/// A note beside a made thing.
#[derive(Debug)]
pub(super) struct Stamp {
    file: PathBuf,
    text: String,
}

// === impl Stamp ===

impl Stamp {
    /// Describes what `made` is made from: the contents of `sources` and any `facts` besides.
    pub(super) fn of(made: &Path, sources: &[PathBuf], facts: &[&str]) -> Result<Self> {
        let mut hash = Sha256::new();
        for source in sources {
            hash.update(fs::read(source)?);
        }
        for fact in facts {
            hash.update(fact);
        }
        let mut name = made.file_name().unwrap_or_default().to_owned();
        name.push(".stamp");
        Ok(Self { file: made.with_file_name(name), text: hex::encode(hash.finalize()) })
    }

    /// Says whether the made thing is still good.
    pub(super) fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|text| text == self.text)
    }

    /// Notes that the thing has been made.
    pub(super) fn set(&self) -> Result<()> {
        Ok(fs::write(&self.file, &self.text)?)
    }
}
