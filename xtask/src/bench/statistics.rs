//! Quantiles of what was measured.

use std::time::Duration;

use super::words::number;

/// How long each of many equal things took.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    sorted: Vec<Duration>,
}

// === impl Times ===

impl Times {
    /// Takes measurements in any order.
    pub(super) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { sorted: times }
    }

    /// Puts the measurements of several rounds together.
    pub(super) fn pooled<'a>(rounds: impl Iterator<Item = &'a Self>) -> Self {
        Self::new(rounds.flat_map(|round| round.sorted.iter().copied()).collect())
    }

    /// Returns the smallest value that at least `percent` of the measurements do not exceed; zero if there are none.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// Returns the same times, each that much shorter.
    pub(super) fn less(&self, by: Duration) -> Self {
        Self { sorted: self.sorted.iter().map(|time| time.saturating_sub(by)).collect() }
    }

    /// Returns the longest.
    pub(super) fn max(&self) -> Duration {
        self.sorted.last().copied().unwrap_or_default()
    }

    /// Returns some quantiles, each with its value, from the least to the greatest.
    pub(super) fn quantiles(&self, steps: usize) -> impl Iterator<Item = (f64, Duration)> {
        let last = self.sorted.len().saturating_sub(1);
        (0..=steps).filter_map(move |step| {
            let value = self.sorted.get(last * step / steps)?;
            Some((number(step) / number(steps), *value))
        })
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }
}

/// Returns the median, the least and the greatest of some ratios.
pub(super) fn spread(ratios: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut sorted: Vec<_> = ratios.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    (at(sorted.len() / 2), at(0), at(sorted.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(values: impl IntoIterator<Item = u64>) -> Times {
        Times::new(values.into_iter().map(Duration::from_millis).collect())
    }

    #[test]
    fn percentiles_are_measured_values() {
        let times = milliseconds((1..=100).rev());
        assert_eq!(times.percentile(50), Duration::from_millis(50));
        assert_eq!(times.percentile(99), Duration::from_millis(99));
        assert_eq!(times.max(), Duration::from_millis(100));
    }

    #[test]
    fn one_measurement_is_every_percentile() {
        let times = milliseconds([7]);
        assert_eq!(times.percentile(1), Duration::from_millis(7));
        assert_eq!(times.percentile(99), Duration::from_millis(7));
    }

    #[test]
    fn rounds_are_pooled_in_order() {
        let pooled = Times::pooled([milliseconds([5, 1]), milliseconds([3])].iter());
        assert_eq!((pooled.len(), pooled.percentile(50)), (3, Duration::from_millis(3)));
    }

    #[test]
    fn a_spread_is_median_least_and_greatest() {
        assert_eq!(spread([3.0, 1.0, 2.0].into_iter()), (2.0, 1.0, 3.0));
    }
}
