//! Moments in AWS bodies: epoch seconds with a fraction.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment, kept in milliseconds since the epoch and written in JSON as seconds with a fraction.
///
/// Shapes that AWS models as strings (`LastModified` of a function) are `String`s and not of this type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    epoch_ms: i64,
}

impl Timestamp {
    /// Makes a moment from milliseconds since the epoch.
    pub const fn from_epoch_ms(epoch_ms: i64) -> Self {
        Self { epoch_ms }
    }

    /// Returns the milliseconds since the epoch.
    pub const fn epoch_ms(self) -> i64 {
        self.epoch_ms
    }

    /// Reads an ISO-8601 date and time, or a number of epoch seconds, as query strings and headers carry them.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(seconds) = text.parse::<f64>() {
            return Self::from_seconds(seconds);
        }
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Self::from_epoch_ms)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the range is checked just before")]
    fn from_seconds(seconds: f64) -> Option<Self> {
        // Far beyond any date AWS accepts, and far within what an i64 of milliseconds holds exactly.
        (seconds.abs() < 1e12).then(|| Self::from_epoch_ms((seconds * 1e3).round() as i64))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let ms = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        Self::from_epoch_ms(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => ms(after),
            Err(before) => -ms(before.duration()),
        })
    }
}

impl Serialize for Timestamp {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of real dates fit 53 bits")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.epoch_ms as f64 / 1e3)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Moment)
    }
}

struct Moment;

impl Visitor<'_> for Moment {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("epoch seconds or an ISO-8601 date and time")
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
        Timestamp::from_seconds(seconds).ok_or_else(|| E::custom("epoch seconds out of range"))
    }

    #[expect(clippy::cast_precision_loss, reason = "out of range long before precision is lost")]
    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
        self.visit_f64(seconds as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "out of range long before precision is lost")]
    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).ok_or_else(|| E::custom("not a date and time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_seconds_with_a_fraction() {
        let moment = Timestamp::from_epoch_ms(1_764_037_614_123);
        assert_eq!(serde_json::to_string(&moment).unwrap(), "1764037614.123");
    }

    #[test]
    fn reads_numbers_and_iso_dates_alike() {
        for text in ["1764037614.123", "\"2025-11-25T02:26:54.123Z\"", "\"1764037614.123\""] {
            let moment: Timestamp = serde_json::from_str(text).unwrap();
            assert_eq!(moment.epoch_ms(), 1_764_037_614_123, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in ["\"yesterday\"", "true", "1e300"] {
            assert!(serde_json::from_str::<Timestamp>(text).is_err(), "{text}");
        }
    }
}
