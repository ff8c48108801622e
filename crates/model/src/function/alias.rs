//! Aliases: names for versions, and how they share invocations out.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Attachments;
use crate::names::{AliasName, Qualifier, VersionNumber};

/// A name for a version, which can be moved to another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// The name.
    pub name: AliasName,
    /// The version that it stands for; `None` for `$LATEST`.
    pub target: Option<VersionNumber>,
    /// Free text.
    pub description: String,
    /// A second version, which gets a share of the invocations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional: Option<WeightedVersion>,
    /// Changes with every change; callers use it as a precondition.
    pub revision_id: Uuid,
    /// What is attached to the alias.
    #[serde(default, skip_serializing_if = "Attachments::is_empty")]
    pub attached: Attachments,
}

/// A version with its share of an alias's invocations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightedVersion {
    /// The version.
    pub number: VersionNumber,
    /// Its share, from 0 to 1.
    pub weight: f64,
}

// === impl Alias ===

impl Alias {
    /// Picks the version for one invocation; `random` are as many random bits as possible, and is
    /// called only if there is a choice. `None` is `$LATEST`.
    pub fn pick(&self, random: impl FnOnce() -> Uuid) -> Option<VersionNumber> {
        match self.additional {
            Some(second) if fraction(random()) < second.weight => Some(second.number),
            _ => self.target,
        }
    }

    /// Tells whether the alias stands for this version, alone or beside another.
    pub fn stands_for(&self, number: VersionNumber) -> bool {
        self.target == Some(number) || self.additional.is_some_and(|second| second.number == number)
    }

    /// Gives the version that it stands for as a qualifier.
    pub fn target_qualifier(&self) -> Qualifier {
        self.target.map_or(Qualifier::Latest, Qualifier::Version)
    }
}

/// Gives a number from 0 up to, and without, 1.
fn fraction(random: Uuid) -> f64 {
    // The last 32 bits of a random UUID are all random, and a double holds them exactly.
    let bits = u32::try_from(random.as_u128() & u128::from(u32::MAX)).unwrap_or_default();
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(weight: Option<f64>) -> Alias {
        Alias {
            name: "live".parse().unwrap(),
            target: Some(VersionNumber(1)),
            description: String::new(),
            additional: weight.map(|weight| WeightedVersion { number: VersionNumber(2), weight }),
            revision_id: Uuid::nil(),
            attached: Attachments::default(),
        }
    }

    #[test]
    fn without_a_second_version_nothing_is_drawn() {
        let picked = alias(None).pick(|| panic!("there is no choice"));
        assert_eq!(picked, Some(VersionNumber(1)));
    }

    #[test]
    fn a_weight_is_the_share_of_the_second_version() {
        let alias = alias(Some(0.25));
        let second = |random: u32| {
            alias.pick(|| Uuid::from_u128(u128::from(random))) == Some(VersionNumber(2))
        };
        let count = (0..1000_u32).filter(|n| second(n * (u32::MAX / 1000))).count();
        assert!((249..=251).contains(&count), "{count}");
    }

    #[test]
    fn the_whole_weight_leaves_nothing_to_the_first_and_none_nothing_to_the_second() {
        let all = |random| alias(Some(1.0)).pick(|| random);
        let none = |random| alias(Some(0.0)).pick(|| random);
        for random in [Uuid::nil(), Uuid::max()] {
            assert_eq!(all(random), Some(VersionNumber(2)));
            assert_eq!(none(random), Some(VersionNumber(1)));
        }
    }

    #[test]
    fn an_alias_stands_for_both_its_versions() {
        let alias = alias(Some(0.5));
        assert!(alias.stands_for(VersionNumber(1)) && alias.stands_for(VersionNumber(2)));
        assert!(!alias.stands_for(VersionNumber(3)));
    }
}
