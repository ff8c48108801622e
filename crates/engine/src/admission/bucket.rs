//! A token bucket that stores one instant: when it will be full again.

use std::time::Duration;

use tokio::time::Instant;

/// So many within so long, continuously refilled, and never more saved up than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) count: u32,
    pub(super) per: Duration,
}

/// A bucket that is full until something is taken out of it. Its rate is given with each question,
/// so that a rate that changes needs no other bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    full_at: Option<Instant>,
}

// === impl Bucket ===

impl Bucket {
    /// Tells whether something can be taken now.
    pub(super) fn has(self, rate: Rate, now: Instant) -> bool {
        rate.each().is_some_and(|each| self.full_at(now) + each <= now + rate.per)
    }

    /// Takes one token, whether there is one or not.
    pub(super) fn take(&mut self, rate: Rate, now: Instant) {
        // Without a rate nothing would ever be refilled.
        if let Some(each) = rate.each() {
            self.full_at = Some(self.full_at(now) + each);
        }
    }

    /// Tells whether nothing is missing.
    pub(super) fn is_full(self, now: Instant) -> bool {
        self.full_at(now) == now
    }

    fn full_at(self, now: Instant) -> Instant {
        self.full_at.map_or(now, |full_at| full_at.max(now))
    }
}

// === impl Rate ===

impl Rate {
    /// Gives the time in which one token is refilled, rounded up: never more than the rate.
    fn each(self) -> Option<Duration> {
        let per_ns = u64::try_from(self.per.as_nanos()).unwrap_or(u64::MAX);
        (self.count > 0).then(|| Duration::from_nanos(per_ns.div_ceil(u64::from(self.count))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { count: 1000, per: Duration::from_secs(10) };

    fn taken(bucket: &mut Bucket, rate: Rate, now: Instant, most: u32) -> u32 {
        let mut count = 0;
        while count < most && bucket.has(rate, now) {
            bucket.take(rate, now);
            count += 1;
        }
        count
    }

    #[test]
    fn a_full_bucket_gives_its_count_and_refills_evenly_up_to_it() {
        let (mut bucket, now) = (Bucket::default(), Instant::now());
        assert_eq!(taken(&mut bucket, RATE, now, 2000), 1000);
        assert_eq!(taken(&mut bucket, RATE, now + Duration::from_millis(9), 2000), 0);
        assert_eq!(taken(&mut bucket, RATE, now + Duration::from_millis(10), 2000), 1);
        assert_eq!(taken(&mut bucket, RATE, now + Duration::from_secs(5), 2000), 499);
        assert_eq!(taken(&mut bucket, RATE, now + Duration::from_secs(500), 2000), 1000);
    }

    #[test]
    fn a_rate_of_nothing_gives_nothing() {
        let nothing = Rate { count: 0, per: Duration::from_secs(1) };
        let (mut bucket, now) = (Bucket::default(), Instant::now());
        assert!(!bucket.has(nothing, now));
        bucket.take(nothing, now);
        assert!(!bucket.has(nothing, now + Duration::from_secs(100)));
    }

    proptest! {
        #[test]
        fn no_window_ever_sees_more_than_saved_up_and_refilled(
            count in 1..50_u32,
            per_ms in 1..2000_u64,
            steps in proptest::collection::vec((0..300_u64, 0..80_u32), 1..40),
        ) {
            let rate = Rate { count, per: Duration::from_millis(per_ms) };
            let (mut bucket, start) = (Bucket::default(), Instant::now());
            let (mut now, mut all) = (start, Vec::new());
            for (step_ms, wanted) in steps {
                now += Duration::from_millis(step_ms);
                for _ in 0..taken(&mut bucket, rate, now, wanted) {
                    all.push(now);
                }
            }
            for (first, from) in all.iter().enumerate() {
                for (last, to) in all.iter().enumerate().skip(first) {
                    let refilled = (*to - *from).as_secs_f64() / rate.per.as_secs_f64();
                    let most = f64::from(count) * (1.0 + refilled) + 1e-6;
                    prop_assert!(f64::from(u32::try_from(last - first + 1).unwrap()) <= most);
                }
            }
        }
    }
}
