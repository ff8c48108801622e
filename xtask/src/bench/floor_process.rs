//! The floor as a process, and guests as plain processes beside it.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, ensure};

use super::client::Endpoint;
use super::guests::Guest;
use super::load::Target;
use crate::process::command_under;

/// A process that ends with its handle.
#[derive(Debug)]
pub(super) struct Bare(Child);

/// A running floor; see [`super::floor`].
#[derive(Debug)]
pub(super) struct Floor {
    process: Bare,
    calls: SocketAddr,
    runtime_api: String,
    log: PathBuf,
}

// === impl Bare ===

impl Bare {
    /// Takes responsibility for a process.
    pub(super) fn new(child: Child) -> Self {
        Self(child)
    }

    /// Returns its process id.
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Tells whether it ended by itself.
    pub(super) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_some())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

// === impl Floor ===

impl Floor {
    /// Starts this very program as a floor.
    pub(super) fn start(log: PathBuf) -> Result<Self> {
        Self::start_as(log, &["bench", "floor"], &[])
    }

    /// Starts a floor that gives each guest one event only.
    pub(super) fn start_once(log: PathBuf) -> Result<Self> {
        Self::start_as(log, &["bench", "floor", "--once"], &[])
    }

    /// Starts a floor inside a tool that runs programs.
    pub(super) fn start_under(log: PathBuf, tool: &[String]) -> Result<Self> {
        Self::start_as(log, &["bench", "floor"], tool)
    }

    fn start_as(log: PathBuf, arguments: &[&str], tool: &[String]) -> Result<Self> {
        let mut child = command_under(tool, &env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the floor")?;
        let output = child.stdout.take().context("the output was asked for")?;
        let process = Bare::new(child);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let mut words = line.split_whitespace().skip(1);
        let calls = words.next().context("the floor did not start")?.parse()?;
        let runtime_api = words.next().context("the floor did not start")?.to_owned();
        Ok(Self { process, calls, runtime_api, log })
    }

    /// Lets it end by itself.
    pub(super) fn stop(mut self) -> Result<()> {
        drop(self.process.0.stdin.take());
        let status = self.process.0.wait()?;
        ensure!(status.success(), "the floor ended with {status}");
        Ok(())
    }

    /// Starts a guest that works for this floor.
    pub(super) fn start_guest(&self, guest: &Guest) -> Result<Bare> {
        self.start_guest_with(guest, &[])
    }

    /// Starts a guest with arguments for its program.
    pub(super) fn start_guest_with(&self, guest: &Guest, arguments: &[&str]) -> Result<Bare> {
        guest.start_bare(&self.runtime_api, &self.log, arguments)
    }

    /// Returns what a load generator needs to know; the path is as long as Lambkin's, and nobody reads it.
    pub(super) fn target(&self, path: &str) -> Target {
        Target {
            endpoint: Endpoint::unchecked(self.calls),
            path: path.to_owned(),
            pid: self.process.id(),
        }
    }
}
