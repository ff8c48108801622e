//! The time of day, which signatures and deadlines carry, and the clock that all processes of the machine share.

use std::time::SystemTime;

use rustix::time::{ClockId, clock_gettime};

/// Returns the time of day.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the real thing, on real time")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

/// Returns the machine's monotonic clock in nanoseconds, as the measured guest reads it inside its jail.
pub(super) fn monotonic_ns() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}
