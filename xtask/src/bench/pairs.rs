//! Rounds of the floor and of Lambkin in turns, and what they say of each other.
//!
//! Each ratio is taken within a pair, whose two sides ran within moments of each other; the page gives the median over
//! the pairs with the least and the greatest. Beside it stands the median over the calm pairs: the third of all in which
//! the host stole the least processor time, chosen by that alone and not by what they found.

use super::statistics::spread;

/// One round of each side.
#[derive(Debug)]
pub(super) struct Pair<R> {
    /// Of the floor.
    pub(super) floor: R,
    /// Of Lambkin.
    pub(super) ours: R,
    /// Ticks that the host stole from either.
    pub(super) stolen: u64,
}

/// All rounds.
#[derive(Debug)]
pub(super) struct Pairs<R>(pub(super) Vec<Pair<R>>);

/// How many times the floor Lambkin is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ratio {
    /// Over all pairs.
    pub(super) median: f64,
    /// The least of them.
    pub(super) least: f64,
    /// The greatest of them.
    pub(super) greatest: f64,
    /// Over the calm pairs.
    pub(super) calm: f64,
}

// === impl Pairs ===

impl<R> Pairs<R> {
    /// Returns the ratio of some figure.
    pub(super) fn ratio(&self, of: impl Fn(&R) -> f64) -> Ratio {
        let ratio = |pair: &Pair<R>| of(&pair.ours) / of(&pair.floor);
        let (median, least, greatest) = spread(self.0.iter().map(ratio));
        let (calm, ..) = spread(self.calm().into_iter().map(ratio));
        Ratio { median, least, greatest, calm }
    }

    /// Returns the median of some figure on each side: the floor's, then Lambkin's.
    pub(super) fn medians(&self, of: impl Fn(&R) -> f64) -> (f64, f64) {
        let (floor, ..) = spread(self.0.iter().map(|pair| of(&pair.floor)));
        let (ours, ..) = spread(self.0.iter().map(|pair| of(&pair.ours)));
        (floor, ours)
    }

    /// Returns the third in which the least time was stolen; of equals, those that came first.
    fn calm(&self) -> Vec<&Pair<R>> {
        let mut pairs: Vec<_> = self.0.iter().collect();
        pairs.sort_by_key(|pair| pair.stolen);
        pairs.truncate(self.0.len().div_ceil(3));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::{Pair, Pairs, Ratio};

    #[test]
    fn calm_pairs_are_chosen_by_stolen_time_alone() {
        let pair = |floor, ours, stolen| Pair { floor, ours, stolen };
        let pairs = Pairs(vec![pair(1.0, 2.0, 9), pair(1.0, 5.0, 1), pair(2.0, 6.0, 5)]);
        let found = pairs.ratio(|side| *side);
        assert_eq!(found, Ratio { median: 3.0, least: 2.0, greatest: 5.0, calm: 5.0 });
        assert_eq!(pairs.medians(|side| *side), (1.0, 5.0));
    }
}
