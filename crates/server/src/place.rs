//! Where things are: the environment is read here, once, and nowhere else.

use std::path::PathBuf;

use crate::code_source::ExternalKeys;

const SYSTEM_DATA_DIR: &str = "/var/lib/lambkin";

/// Gives the data directory for whoever runs the command.
pub(crate) fn default_data_dir() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from(SYSTEM_DATA_DIR);
    }
    let data_home = variable("XDG_DATA_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    data_home.or_else(home).unwrap_or_else(std::env::temp_dir).join("lambkin")
}

/// Gives the filter of Lambkin's own log, in the syntax of `tracing`'s `EnvFilter`.
pub(crate) fn log_filter() -> String {
    variable("LAMBKIN_LOG").unwrap_or_else(|| "info".to_owned())
}

/// Gives the endpoint of another S3, by AWS's own name for it.
pub(crate) fn s3_endpoint() -> Option<String> {
    variable("AWS_ENDPOINT_URL_S3")
}

/// Gives the keys with which another S3 is asked.
pub(crate) fn s3_keys() -> Option<ExternalKeys> {
    Some(ExternalKeys {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret: variable("AWS_SECRET_ACCESS_KEY")?.into(),
        session_token: variable("AWS_SESSION_TOKEN").map(Into::into),
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
