//! The source of time.
//!
//! It lives here because this is the lowest room that needs to know what time it is: `model` has
//! no clock by design, and everything that stores or expires something already depends on `store`.

use std::fmt::Debug;

use time::OffsetDateTime;

/// Tells the time of day; injected so that tests need not wait for the wall.
///
/// Implementers answer without blocking. The time may step backwards (the machine's clock may be
/// set), so callers compute no ordering from it.
pub trait Clock: Debug + Send + Sync {
    /// Returns the current time in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Returns the current time in milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64 {
        let now_ms = self.now().unix_timestamp_nanos() / 1_000_000;
        i64::try_from(now_ms).expect("OffsetDateTime spans fewer milliseconds than i64")
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
