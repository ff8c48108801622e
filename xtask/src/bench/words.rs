//! How the page writes times and sizes.

use std::time::Duration;

use super::statistics::Times;

/// Writes seconds as microseconds.
pub(super) fn micros(seconds: f64) -> String {
    format!("{:.0} µs", seconds * 1e6)
}

/// Writes a time in milliseconds.
pub(super) fn millis(time: Duration) -> String {
    format!("{:.1} ms", in_ms(time))
}

/// Returns a time in milliseconds.
pub(super) fn in_ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Writes p50, p99 and max as three cells of a row.
pub(super) fn cells(times: &Times) -> String {
    let [p50, p99] = [50, 99].map(|percent| millis(times.percentile(percent)));
    format!("{p50} | {p99} | {}", millis(times.max()))
}

/// Returns binary megabytes.
#[expect(clippy::cast_precision_loss, reason = "a figure with one decimal")]
pub(super) fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Returns a count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "no count comes near 2^52")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}
