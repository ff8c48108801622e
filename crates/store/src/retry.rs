//! How often and how long to wait before trying again.

use std::time::Duration;

/// Delays between attempts, as an iterator: each item is how long to wait before the next attempt,
/// and the end means giving up.
///
/// A policy is a value: clone it for every act that is to be retried.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    next: Duration,
    factor: u32,
    max_delay: Duration,
    retries_left: u32,
    jitter: Option<u64>,
}

impl RetryPolicy {
    /// Never tries again.
    pub fn none() -> Self {
        Self::fixed(Duration::ZERO, 0)
    }

    /// Tries again `retries` times, always after `delay`.
    pub fn fixed(delay: Duration, retries: u32) -> Self {
        Self { next: delay, factor: 1, max_delay: delay, retries_left: retries, jitter: None }
    }

    /// Tries again `retries` times, doubling the delay from `first` up to `max_delay`.
    pub fn exponential(first: Duration, max_delay: Duration, retries: u32) -> Self {
        Self {
            next: first.min(max_delay),
            factor: 2,
            max_delay,
            retries_left: retries,
            jitter: None,
        }
    }

    /// Shortens each delay by up to half, so that callers that failed together do not return together.
    #[must_use]
    pub fn with_jitter(mut self, seed: u64) -> Self {
        self.jitter = Some(seed);
        self
    }
}

impl Iterator for RetryPolicy {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.retries_left = self.retries_left.checked_sub(1)?;
        let full = self.next;
        self.next = full.saturating_mul(self.factor).min(self.max_delay);
        Some(match &mut self.jitter {
            None => full,
            Some(state) => full.mul_f64(1.0 - next_fraction(state) / 2.0),
        })
    }
}

/// Steps a splitmix64 generator and maps its output to `[0, 1)`.
fn next_fraction(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let high = u32::try_from(mixed >> 32).expect("a shifted u64 has 32 bits left");
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn delays_double_up_to_the_maximum_and_then_end() {
        let delays: Vec<_> = RetryPolicy::exponential(10 * MS, 35 * MS, 4).collect();
        assert_eq!(delays, [10 * MS, 20 * MS, 35 * MS, 35 * MS]);
    }

    #[test]
    fn no_retries_means_no_delays() {
        assert_eq!(RetryPolicy::none().next(), None);
    }

    #[test]
    fn jitter_keeps_each_delay_between_half_and_whole() {
        let delays: Vec<_> = RetryPolicy::fixed(100 * MS, 1000).with_jitter(7).collect();
        assert!(delays.iter().all(|d| (50 * MS..=100 * MS).contains(d)));
        assert!(delays.iter().any(|d| *d < 60 * MS) && delays.iter().any(|d| *d > 90 * MS));
    }
}
