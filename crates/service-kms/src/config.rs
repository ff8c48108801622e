//! What an operator can choose about keys.

use std::time::Duration;

use serde::Deserialize;

/// The `[kms]` table of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct KmsConfig {
    /// How long a day of a waiting period before deletion, or of a rotation period, is (duration; default
    /// 24h).
    #[serde(with = "humantime_serde")]
    pub day: Duration,
    /// Keys of the account in each region (count; default 100000).
    pub keys: usize,
    /// Aliases of one key (count; default 50).
    pub aliases_per_key: usize,
    /// Grants on one key (count; default 50000).
    pub grants_per_key: usize,
    /// Policy of one key (bytes; default 32768).
    pub policy_bytes: usize,
    /// Tags of one key (count; default 50).
    pub tags_per_key: usize,
    /// Rotations of one key on demand (count; default 25).
    pub on_demand_rotations: usize,
    /// How often deletions and rotations that are due are looked for, beside when they are due (duration;
    /// default 1h; ours).
    #[serde(with = "humantime_serde")]
    pub upkeep_every: Duration,
}

impl Default for KmsConfig {
    fn default() -> Self {
        Self {
            day: Duration::from_secs(24 * 60 * 60),
            keys: 100_000,
            aliases_per_key: 50,
            grants_per_key: 50_000,
            policy_bytes: 32 * 1024,
            tags_per_key: 50,
            on_demand_rotations: 25,
            upkeep_every: Duration::from_secs(60 * 60),
        }
    }
}

// === impl KmsConfig ===

impl KmsConfig {
    /// Tells how long so many days are.
    pub(crate) fn days_ms(&self, days: u32) -> i64 {
        let ms = self.day.as_millis().saturating_mul(u128::from(days));
        i64::try_from(ms).unwrap_or(i64::MAX)
    }
}
