//! What an operator can choose about logs.

use std::time::Duration;

use serde::Deserialize;

/// The `[logs]` table of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogsConfig {
    /// How long a search that reaches up to the present waits for events that have happened but are
    /// not stored yet (duration; default 250ms; ours, and to be longer than `log-delay` of
    /// `[engine]`).
    #[serde(with = "humantime_serde")]
    pub settle: Duration,
    /// How often expired events are removed (duration; default 1h; AWS removes them within 72
    /// hours).
    #[serde(with = "humantime_serde")]
    pub retention_every: Duration,
}

impl Default for LogsConfig {
    fn default() -> Self {
        Self { settle: Duration::from_millis(250), retention_every: Duration::from_secs(3600) }
    }
}
