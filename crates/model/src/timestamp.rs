//! A point in time, in milliseconds, and the spellings that AWS gives it.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

/// Milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// `LastModified` of a function: milliseconds and a numeric zone without a colon.
const FUNCTION: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]+0000");
const RFC3339_MS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const RFC3339_US: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
const LOG_STREAM_DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]/[month]/[day]");

// === impl Timestamp ===

impl Timestamp {
    /// Takes milliseconds since the Unix epoch.
    pub const fn from_epoch_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Gives milliseconds since the Unix epoch.
    pub const fn epoch_ms(self) -> i64 {
        self.0
    }

    /// Gives the time `by` later, saturating at the end of time.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Gives how long after `earlier` this is, or zero.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Spells the time as a function's `LastModified`: `2025-11-25T02:26:54.123+0000`.
    pub fn function_style(self) -> String {
        self.spell(FUNCTION)
    }

    /// Spells the time as RFC 3339 with milliseconds: `2025-11-25T02:26:54.123Z`.
    pub fn rfc3339(self) -> String {
        self.spell(RFC3339_MS)
    }

    /// Spells the time as RFC 3339 with microseconds: `2025-11-25T02:26:54.123000Z`.
    pub fn microseconds(self) -> String {
        self.spell(RFC3339_US)
    }

    /// Spells the day as a log stream begins: `2025/11/25`.
    pub fn log_stream_day(self) -> String {
        self.spell(LOG_STREAM_DAY)
    }

    fn spell(self, format: &[BorrowedFormatItem<'_>]) -> String {
        let nanoseconds = i128::from(self.0) * 1_000_000;
        let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        moment.format(format).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_style_has_milliseconds_and_a_numeric_zone() {
        let t = Timestamp::from_epoch_ms(1_764_037_614_123);
        assert_eq!(t.function_style(), "2025-11-25T02:26:54.123+0000");
        assert_eq!(t.microseconds(), "2025-11-25T02:26:54.123000Z");
        assert_eq!(t.log_stream_day(), "2025/11/25");
    }

    #[test]
    fn since_never_goes_below_zero() {
        let (early, late) = (Timestamp::from_epoch_ms(1), Timestamp::from_epoch_ms(5));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(late.since(early), Duration::from_millis(4));
    }
}
