//! The functions that are measured: each one greets.
//!
//! The same program runs under Lambkin, from its deployment package, and bare, as a plain process of the host that was
//! given the same files, the same interpreter and the same environment variables.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};

use super::floor_process::Bare;
use crate::checkout::Checkout;
use crate::process::command;

/// What every function is asked.
pub(super) const EVENT: &[u8] = br#"{"name":"bench"}"#;

/// What every right answer holds.
pub(super) const GREETING: &[u8] = b"Hello, bench!";

/// Memory of every function: as much as goes with one whole processor, so that no quota slows it.
pub(super) const MEMORY_MIB: u32 = 1769;

/// A function.
#[derive(Debug)]
pub(super) struct Guest {
    /// What the table calls it.
    pub(super) title: String,
    /// The runtime's identifier.
    pub(super) runtime: String,
    /// The handler.
    pub(super) handler: &'static str,
    /// The deployment package.
    pub(super) package: Vec<u8>,
    /// The unpacked code.
    task: PathBuf,
    /// What is executed to start it bare.
    program: PathBuf,
}

// === impl Guest ===

impl Guest {
    /// Makes the function on `provided.al2023`, the example `hello-rust`.
    pub(super) fn rust(checkout: &Checkout, home: &Path) -> Result<Self> {
        let package = fs::read(checkout.package("hello-rust")).context("the package")?;
        let task = home.join("rust");
        zip::ZipArchive::new(Cursor::new(&package))?.extract(&task)?;
        Ok(Self {
            title: "Rust (provided.al2023)".to_owned(),
            runtime: "provided.al2023".to_owned(),
            handler: "bootstrap",
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
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive
            .start_file(file, zip::write::SimpleFileOptions::default().unix_permissions(0o644))?;
        archive.write_all(source.as_bytes())?;
        Ok(Self {
            title: runtime.to_owned(),
            runtime: runtime.to_owned(),
            handler: "hello.handler",
            package: archive.finish()?.into_inner(),
            program: bare_bootstrap(&checkout.runtimes().join(runtime), home)?,
            task,
        })
    }

    /// Starts it as a plain process that takes its events from `runtime_api`.
    pub(super) fn start_bare(&self, runtime_api: &str, log: &Path) -> Result<Bare> {
        let child = command(&self.program)
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
