//! Where things are: everything that a chore makes stays inside the checkout.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout that the chores work on.
#[derive(Debug)]
pub(crate) struct Checkout {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the user put it.
    pub(crate) target: PathBuf,
}

/// How the binary is built.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Build {
    /// With overflow checks and debug assertions: what the tests run against.
    Debug,
    /// As users run it: what is timed.
    Release,
}

// === impl Checkout ===

impl Checkout {
    /// Finds the checkout that this program was built from.
    pub(crate) fn find() -> Result<Self> {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the checkout")?;
        // This program is <target>/debug/xtask.
        let program = env::current_exe().context("asking where this program is")?;
        let target =
            program.ancestors().nth(2).context("this program lies in cargo's target folder")?;
        Ok(Self { root: root.to_owned(), target: target.to_owned() })
    }

    /// Returns a path below the root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Returns the folder of the runtimes that `provision` adds.
    pub(crate) fn runtimes(&self) -> PathBuf {
        self.path(".cache/runtimes")
    }

    /// Returns a program of the Python environment that `provision` makes.
    pub(crate) fn venv(&self, program: &str) -> PathBuf {
        self.path(".cache/venv/bin").join(program)
    }

    /// Returns the folder of the AWS SDK for JavaScript that `provision` installs.
    pub(crate) fn sdk_for_javascript(&self) -> PathBuf {
        self.path(".cache/js")
    }

    /// Returns the deployment package of an example.
    pub(crate) fn package(&self, example: &str) -> PathBuf {
        self.target.join("guests").join(format!("{example}.zip"))
    }

    /// Returns the binary `lambkin`.
    pub(crate) fn lambkin(&self, build: Build) -> PathBuf {
        self.target.join(build.folder()).join("lambkin")
    }
}

// === impl Build ===

impl Build {
    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}
