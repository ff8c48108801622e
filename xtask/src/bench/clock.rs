//! The time of day, which signatures and deadlines carry.

use std::time::SystemTime;

/// Returns the time of day.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the real thing, on real time")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
