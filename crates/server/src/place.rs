//! Where things are: the environment is read here, once, and nowhere else.

use std::path::PathBuf;

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

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
