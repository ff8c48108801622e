//! How much was needed lately.

/// The share of what was needed that still counts one beat later.
const REMEMBERED: f64 = 0.75;

/// Counts what is taken, and forgets it by and by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demand(f64);

// === impl Demand ===

impl Demand {
    /// Notes that one was needed.
    pub(super) fn note(&mut self) {
        self.0 += 1.0;
    }

    /// Forgets a part; called once a beat.
    pub(super) fn fade(&mut self) {
        self.0 *= REMEMBERED;
    }

    /// Tells how many to have ready, of at least and at most so many.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of recent starts: small, not negative, and rounded up"
    )]
    pub(super) fn target(self, least: usize, most: usize) -> usize {
        // What is almost forgotten is forgotten.
        ((self.0 - 0.5).ceil().max(0.0) as usize).clamp(least, most.max(least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_demand_the_least_is_kept() {
        assert_eq!(Demand::default().target(3, 10), 3);
    }

    #[test]
    fn a_burst_leaves_as_many_behind_up_to_the_most_and_is_forgotten_again() {
        let mut demand = Demand::default();
        (0..20).for_each(|_| demand.note());
        assert_eq!(demand.target(3, 10), 10);
        assert_eq!(demand.target(3, 100), 20);
        (0..30).for_each(|_| demand.fade());
        assert_eq!(demand.target(3, 100), 3);
        assert_eq!(demand.target(0, 100), 0);
    }
}
