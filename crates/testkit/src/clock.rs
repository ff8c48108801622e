//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use store::Clock;
use time::OffsetDateTime;

/// Where a new clock stands: 2025-01-01T00:00:00Z, in milliseconds since the Unix epoch.
const START_MS: i64 = 1_735_689_600_000;

/// A clock that stands still until it is told to advance.
#[derive(Debug)]
pub struct ManualClock {
    now_ms: AtomicI64,
}

impl ManualClock {
    /// Makes a clock that stands at a fixed time in the past.
    pub fn new() -> Self {
        Self { now_ms: AtomicI64::new(START_MS) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).expect("tests advance by less than ages");
        self.now_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// Sets the clock, forward or backward.
    pub fn set_ms(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        let now_ms = self.now_ms.load(Ordering::SeqCst);
        OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(now_ms)
    }
}
