//! The functions that are measured: each one greets.
//!
//! The same program runs under Lambkin, from its deployment package, and bare, as a plain process of the host that was
//! given the same files, the same interpreter and the same environment variables.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::floor_process::Bare;
use crate::checkout::Checkout;
use crate::process::{command, quiet};

/// What every function is asked.
pub(super) const EVENT: &[u8] = br#"{"name":"bench"}"#;

/// What every right answer holds.
pub(super) const GREETING: &[u8] = b"Hello, bench!";

/// Memory of every function: as much as goes with one whole processor, so that no quota slows it.
pub(super) const MEMORY_MIB: u32 = 1769;

/// What the probe guest says of itself, in nanoseconds of the machine's monotonic clock.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Probed {
    /// When its `main` began.
    main_ns: Option<i64>,
    /// When it was executed, if it was started so that it knows.
    executed_ns: Option<i64>,
    /// How many invocations this process has answered.
    #[serde(default)]
    pub(super) count: u64,
}

/// A function.
#[derive(Debug)]
pub(super) struct Guest {
    /// What the table calls it.
    pub(super) title: String,
    /// The runtime's identifier.
    pub(super) runtime: String,
    /// The handler.
    pub(super) handler: &'static str,
    /// Whether its answers can be read as [`Probed`].
    pub(super) probes: bool,
    /// The deployment package.
    pub(super) package: Vec<u8>,
    /// The unpacked code.
    task: PathBuf,
    /// What is executed to start it bare.
    program: PathBuf,
}

// === impl Probed ===

impl Probed {
    /// Reads an answer; that of any other guest says nothing.
    pub(super) fn read(answer: &[u8]) -> Self {
        serde_json::from_slice(answer).unwrap_or_default()
    }

    /// Returns how long it took to be executed and get to `main`.
    pub(super) fn executing(self) -> Option<Duration> {
        self.since(self.executed_ns?)
    }

    /// Returns how long after some moment `main` began.
    pub(super) fn since(self, moment_ns: i64) -> Option<Duration> {
        Some(Duration::from_nanos(u64::try_from(self.main_ns? - moment_ns).ok()?))
    }
}

// === impl Guest ===

impl Guest {
    /// Makes the function on `provided.al2023` that tells what happened to it; see `bin/bench-guest.rs`.
    pub(super) fn probe(checkout: &Checkout, home: &Path) -> Result<Self> {
        let task = home.join("probe");
        fs::create_dir_all(&task)?;
        let program = task.join("bootstrap");
        // As users deploy it: debug information would only make every upload longer.
        quiet(
            command("strip")
                .arg("-o")
                .arg(&program)
                .arg(checkout.target.join("release/bench-guest")),
        )?;
        Ok(Self {
            title: "Rust (provided.al2023)".to_owned(),
            runtime: "provided.al2023".to_owned(),
            handler: "bootstrap",
            probes: true,
            package: pack("bootstrap", &fs::read(&program)?, 0o755)?,
            program,
            task,
        })
    }

    /// Makes the function on `provided.al2023`, the example `hello-rust`.
    pub(super) fn rust(checkout: &Checkout, home: &Path) -> Result<Self> {
        let package = fs::read(checkout.package("hello-rust")).context("the package")?;
        let task = home.join("rust");
        zip::ZipArchive::new(Cursor::new(&package))?.extract(&task)?;
        Ok(Self {
            title: "Rust with AWS's runtime client (provided.al2023)".to_owned(),
            runtime: "provided.al2023".to_owned(),
            handler: "bootstrap",
            probes: false,
            package,
            program: task.join("bootstrap"),
            task,
        })
    }

    /// Makes a function on a managed runtime of this machine, out of one source file.
    pub(super) fn managed(
        checkout: &Checkout,
        home: &Path,
        runtime: &str,
        (file, source): (&str, &str),
    ) -> Result<Self> {
        let task = home.join(runtime);
        fs::create_dir_all(&task)?;
        fs::write(task.join(file), source)?;
        Ok(Self {
            title: runtime.to_owned(),
            runtime: runtime.to_owned(),
            handler: "hello.handler",
            probes: false,
            package: pack(file, source.as_bytes(), 0o644)?,
            program: bare_bootstrap(&checkout.runtimes().join(runtime), home)?,
            task,
        })
    }

    /// Starts it as a plain process that takes its events from `runtime_api`.
    pub(super) fn start_bare(
        &self,
        runtime_api: &str,
        log: &Path,
        arguments: &[&str],
    ) -> Result<Bare> {
        let child = command(&self.program)
            .args(arguments)
            .current_dir(&self.task)
            .env_clear()
            .envs(environment(self, runtime_api))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::OpenOptions::new().create(true).append(true).open(log)?)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        Ok(Bare::new(child))
    }
}

/// Makes a package of one file.
fn pack(file: &str, content: &[u8], mode: u32) -> Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(file, zip::write::SimpleFileOptions::default().unix_permissions(mode))?;
    archive.write_all(content)?;
    Ok(archive.finish()?.into_inner())
}

/// Writes a runtime's bootstrap anew for the places in which its files are outside a jail.
fn bare_bootstrap(runtime: &Path, home: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let client = runtime.join("runtime");
    let script = fs::read_to_string(client.join("bootstrap"))
        .with_context(|| format!("no runtime in {}", runtime.display()))?;
    let manifest = fs::read_to_string(runtime.join("runtime.toml"))?;
    let lang = manifest.lines().find_map(|line| line.strip_prefix("lang = "));
    let lang = lang.map_or("/var/lang", |path| path.trim_matches('"'));
    let client = client.to_str().context("paths are UTF-8")?;
    let script = script.replace("/var/runtime", client).replace("/var/lang", lang);
    let name = runtime.file_name().context("a runtime has a name")?.display().to_string();
    let bootstrap = home.join(format!("bootstrap-{name}"));
    fs::write(&bootstrap, script)?;
    fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o755))?;
    Ok(bootstrap)
}

/// The variables that an environment sets, with the places that are others on the host.
fn environment(guest: &Guest, runtime_api: &str) -> Vec<(&'static str, String)> {
    let task = guest.task.display().to_string();
    [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("_HANDLER", guest.handler),
        ("LAMBDA_TASK_ROOT", task.as_str()),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin"),
        ("TZ", ":UTC"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "floor"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/floor"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "floor"),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example"),
        ("AWS_SESSION_TOKEN", "example"),
        // A jail cannot write beside the runtime either.
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ]
    .map(|(key, value)| (key, value.to_owned()))
    .to_vec()
}
