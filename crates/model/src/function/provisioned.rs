//! Provisioned concurrency: environments that are made before they are needed.

use serde::{Deserialize, Serialize};

use super::Alias;
use crate::{names::VersionNumber, timestamp::Timestamp};

/// How many environments a version, or those that an alias stands for, are to have ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// The number.
    pub concurrency: u32,
    /// When it was set.
    pub last_modified: Timestamp,
}

/// How far that has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Environments whose init has succeeded, and that live.
    pub ready: u32,
    /// The same of versions that an alias stood for before, which go when the new ones are there.
    pub leaving: u32,
    /// Whether an init has failed, and none of the environments is ready.
    pub failed: bool,
}

/// What the API shows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvisionedStatus {
    /// Some environments are not there yet.
    InProgress,
    /// All are there.
    Ready,
    /// The function's init fails.
    Failed,
}

// === impl Allocation ===

impl Allocation {
    /// Gives the number that the API shows; after an alias was moved it counts the old ones as well.
    pub fn shown(self, wanted: Provisioned) -> u32 {
        self.ready.saturating_add(self.leaving).min(wanted.concurrency)
    }
}

// === impl ProvisionedStatus ===

impl ProvisionedStatus {
    /// Decides by what was asked for and what has come of it.
    pub fn of(wanted: Provisioned, allocation: Allocation) -> Self {
        if allocation.ready >= wanted.concurrency {
            Self::Ready
        } else if allocation.failed {
            Self::Failed
        } else {
            Self::InProgress
        }
    }

    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }
}

impl Alias {
    /// Shares environments out among the versions that the alias stands for. `$LATEST` gets none:
    /// it may change at any time. AWS documents that weights are respected, and not how they are
    /// rounded.
    pub fn share_out(&self, concurrency: u32) -> Vec<(VersionNumber, u32)> {
        let second = self.additional.map(|second| {
            // Weights are from 0 to 1, so the product is no larger than what it is a part of.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "rounded, not negative, and not above a u32"
            )]
            let share = (f64::from(concurrency) * second.weight.clamp(0.0, 1.0)).round() as u32;
            (second.number, share)
        });
        let first = concurrency - second.map_or(0, |(_, share)| share);
        let shares = self.target.map(|number| (number, first)).into_iter().chain(second);
        shares.filter(|(_, share)| *share > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::function::{Attachments, WeightedVersion};

    fn alias(target: Option<u64>, second: Option<(u64, f64)>) -> Alias {
        Alias {
            name: "live".parse().unwrap(),
            target: target.map(VersionNumber),
            description: String::new(),
            additional: second
                .map(|(number, weight)| WeightedVersion { number: VersionNumber(number), weight }),
            revision_id: Uuid::nil(),
            attached: Attachments::default(),
        }
    }

    #[test]
    fn the_status_is_decided_by_what_is_ready_first() {
        let wanted = Provisioned { concurrency: 2, last_modified: Timestamp::default() };
        let status =
            |ready, failed| ProvisionedStatus::of(wanted, Allocation { ready, leaving: 2, failed });
        assert_eq!(status(0, false), ProvisionedStatus::InProgress);
        assert_eq!(status(1, false), ProvisionedStatus::InProgress);
        assert_eq!(status(0, true), ProvisionedStatus::Failed);
        for failed in [false, true] {
            assert_eq!(status(2, failed), ProvisionedStatus::Ready);
            assert_eq!(status(3, failed), ProvisionedStatus::Ready);
        }
    }

    #[test]
    fn an_alias_of_one_version_gives_it_everything_and_latest_gets_nothing() {
        assert_eq!(alias(Some(3), None).share_out(5), [(VersionNumber(3), 5)]);
        assert_eq!(alias(None, None).share_out(5), []);
    }

    #[test]
    fn weights_are_respected() {
        let shares = |weight, concurrency| alias(Some(1), Some((2, weight))).share_out(concurrency);
        assert_eq!(shares(0.25, 8), [(VersionNumber(1), 6), (VersionNumber(2), 2)]);
        assert_eq!(shares(0.0, 8), [(VersionNumber(1), 8)]);
        assert_eq!(shares(1.0, 8), [(VersionNumber(2), 8)]);
        assert_eq!(shares(0.1, 1), [(VersionNumber(1), 1)]);
    }

    proptest! {
        #[test]
        fn what_is_shared_out_is_all_there_is(weight in 0.0..=1.0_f64, concurrency in 1..=u32::MAX) {
            let shares = alias(Some(1), Some((2, weight))).share_out(concurrency);
            prop_assert_eq!(shares.iter().map(|(_, share)| *share).sum::<u32>(), concurrency);
        }
    }
}
