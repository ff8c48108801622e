//! A `lambkin start` of our own, on any free port, with data that goes away with it.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::checkout::{Build, Checkout};
use crate::process::{command, command_under, quiet};

/// How long a drained server may take to go.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    binary: PathBuf,
    home: PathBuf,
    endpoint: String,
    start_up: Duration,
}

// === impl Server ===

impl Server {
    /// Starts the server and waits for its `ready` line.
    pub(crate) fn start(checkout: &Checkout, build: Build, name: &str) -> Result<Self> {
        Self::start_with(checkout, build, name, "")
    }

    /// Starts the server with more configuration than it needs: tables of its TOML.
    pub(crate) fn start_with(
        checkout: &Checkout,
        build: Build,
        name: &str,
        tables: &str,
    ) -> Result<Self> {
        Self::start_as(checkout, build, name, (tables, &[]))
    }

    /// Starts the server inside a tool that runs programs: the beginning of its command line.
    pub(crate) fn start_under(
        checkout: &Checkout,
        build: Build,
        name: &str,
        tool: &[String],
    ) -> Result<Self> {
        Self::start_as(checkout, build, name, ("", tool))
    }

    fn start_as(
        checkout: &Checkout,
        build: Build,
        name: &str,
        (tables, tool): (&str, &[String]),
    ) -> Result<Self> {
        let home = checkout.target.join(name);
        if home.exists() {
            fs::remove_dir_all(&home).with_context(|| format!("clearing {}", home.display()))?;
        }
        fs::create_dir_all(&home)?;
        fs::write(
            home.join("config.toml"),
            format!("runtimes-dir = {:?}\n{tables}", checkout.runtimes().display().to_string()),
        )?;
        Self::launch(home, checkout.lambkin(build), tool)
    }

    /// Stops the server and starts it again with the same data.
    pub(crate) fn restart(self) -> Result<Self> {
        let (home, binary) = (self.home.clone(), self.binary.clone());
        self.stop()?;
        Self::launch(home, binary, &[])
    }

    fn launch(home: PathBuf, binary: PathBuf, tool: &[String]) -> Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(home.join("lambkin.log"))?;
        let mut start = command_under(tool, &binary);
        start
            .args(["start", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(home.join("data"))
            .arg("--config")
            .arg(home.join("config.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let started = Instant::now();
        let mut child = start.spawn().with_context(|| format!("starting {}", binary.display()))?;
        let mut line = String::new();
        let output = child.stdout.take().context("the output was asked for")?;
        BufReader::new(output).read_line(&mut line)?;
        let start_up = started.elapsed();
        let Some(endpoint) = line.trim_end().strip_prefix("ready ") else {
            let log = fs::read_to_string(home.join("lambkin.log")).unwrap_or_default();
            bail!("lambkin did not become ready (it printed {line:?}):\n{}", log.trim_end());
        };
        Ok(Self { endpoint: endpoint.to_owned(), child, binary, home, start_up })
    }

    /// Returns the address of the endpoint.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns how long it took from starting the program to its `ready` line.
    pub(crate) fn start_up(&self) -> Duration {
        self.start_up
    }

    /// Returns the process id of the server.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns where the server writes its own log.
    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("lambkin.log")
    }

    /// Returns a folder for what belongs to this server's run.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Asks `lambkin env` how to reach the server.
    pub(crate) fn environment(&self) -> Result<Vec<(String, String)>> {
        let text =
            quiet(command(&self.binary).args(["env", "--data-dir"]).arg(self.home.join("data")))?;
        let mut variables: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
            .collect();
        ensure!(!variables.is_empty(), "lambkin env printed no export lines:\n{text}");
        // The address of a server on a chosen port is known from its ready line alone.
        variables.retain(|(name, _)| name != "AWS_ENDPOINT_URL");
        variables.push(("AWS_ENDPOINT_URL".to_owned(), self.endpoint.clone()));
        Ok(variables)
    }

    /// Sends SIGTERM and waits for the drain; fails if the server did not end well.
    pub(crate) fn stop(mut self) -> Result<()> {
        quiet(command("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let deadline = Instant::now() + STOP_PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(
                    status.success(),
                    "lambkin ended with {status}; its log is {}",
                    self.log().display()
                );
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "lambkin did not end within {} s of SIGTERM",
                STOP_PATIENCE.as_secs()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    /// A chore that fails half-way must not leave its server behind.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
