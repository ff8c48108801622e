//! The real AWS CLI, version 2: the version that people use, and the only one with `logs tail`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::{capture, command};
use crate::server::Server;

/// Finds a version 2 of the CLI.
pub(crate) fn find() -> Option<PathBuf> {
    let candidates = crate::process::find("aws")
        .into_iter()
        .chain(["/usr/local/bin/aws", "/usr/bin/aws"].map(PathBuf::from));
    candidates.into_iter().find(|aws| {
        capture(command(aws).arg("--version"))
            .is_ok_and(|output| output.stdout.starts_with(b"aws-cli/2."))
    })
}

/// The CLI, pointed at a running server.
#[derive(Debug)]
pub(crate) struct Aws {
    program: PathBuf,
    endpoint: String,
    home: PathBuf,
    environment: Vec<(String, String)>,
}

// === impl Aws ===

impl Aws {
    /// Points the CLI at `server` with the credentials that `lambkin env` gives.
    pub(crate) fn new(server: &Server) -> Result<Self> {
        let program = find().context("no AWS CLI version 2 was found")?;
        Ok(Self {
            program,
            endpoint: server.endpoint().to_owned(),
            home: server.home().to_owned(),
            environment: server.environment()?,
        })
    }

    /// Begins `aws <arguments>` in the server's folder. The endpoint is an option because versions before 2.13 do not
    /// read `AWS_ENDPOINT_URL`.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut aws = command(&self.program);
        aws.current_dir(&self.home)
            .envs(self.environment.iter().cloned())
            .env("AWS_PAGER", "")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .args(arguments)
            .args(["--endpoint-url", &self.endpoint, "--cli-binary-format", "raw-in-base64-out"]);
        aws
    }

    /// Shows the command to the reader, runs it, and returns what it printed.
    pub(crate) fn show(&self, arguments: &[&str]) -> Result<String> {
        println!("  $ aws {}", arguments.join(" "));
        let output = capture(&mut self.command(arguments))?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// As [`Aws::show`], for commands that answer with JSON.
    pub(crate) fn show_json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.show(arguments)?;
        serde_json::from_str(&text).with_context(|| format!("the CLI did not print JSON: {text}"))
    }
}
