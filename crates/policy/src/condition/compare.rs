//! What each operator compares.

use std::{cmp::Ordering, net::IpAddr};

use time::{
    Date, OffsetDateTime, format_description::well_known::Iso8601,
    format_description::well_known::Rfc3339,
};

use crate::{
    Context,
    pattern::{Case, Pattern},
    resource::ArnPattern,
};

/// An operator without its negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    String(Case),
    Like,
    Numeric(Relation),
    Date(Relation),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// How the request's value has to stand to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

// === impl Operator ===

impl Operator {
    /// Reads a name, and tells whether it is the negation of the operator.
    pub(super) fn read(name: &str) -> Option<(Self, bool)> {
        Some(match name {
            "StringEquals" => (Self::String(Case::Matters), false),
            "StringNotEquals" => (Self::String(Case::Matters), true),
            "StringEqualsIgnoreCase" => (Self::String(Case::Ignored), false),
            "StringNotEqualsIgnoreCase" => (Self::String(Case::Ignored), true),
            "StringLike" => (Self::Like, false),
            "StringNotLike" => (Self::Like, true),
            "Bool" => (Self::Bool, false),
            "BinaryEquals" => (Self::Binary, false),
            "IpAddress" => (Self::Ip, false),
            "NotIpAddress" => (Self::Ip, true),
            "ArnEquals" | "ArnLike" => (Self::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Self::Arn, true),
            "Null" => (Self::Null, false),
            _ => {
                let numeric = name.strip_prefix("Numeric").map(|rest| (true, rest));
                let (numeric, rest) =
                    numeric.or_else(|| name.strip_prefix("Date").map(|rest| (false, rest)))?;
                let (relation, negated) = Relation::read(rest)?;
                let operator = if numeric { Self::Numeric(relation) } else { Self::Date(relation) };
                (operator, negated)
            }
        })
    }

    /// Reads a value to compare with; `None` if the operator cannot compare with it.
    pub(super) fn pattern(self, text: &str, variables: bool) -> Option<Pattern> {
        let sound = match self {
            Self::Numeric(_) => number(text).is_some(),
            Self::Date(_) => moment(text).is_some(),
            Self::Ip => Block::read(text).is_some(),
            Self::Arn => ArnPattern::new(text, variables).is_some() || text.starts_with('$'),
            Self::Bool | Self::Null => flag(text).is_some() || text.starts_with('$'),
            _ => true,
        };
        let textual = matches!(self, Self::String(_) | Self::Like | Self::Arn | Self::Bool);
        sound.then(|| Pattern::new(text, self == Self::Like, variables && textual))
    }

    /// Compares one value of the request with one of the policy.
    pub(super) fn matches(self, wanted: &Pattern, found: &str, context: &Context) -> bool {
        match self {
            Self::String(case) => wanted.matches(found, context, case),
            Self::Like => wanted.matches(found, context, Case::Matters),
            _ => wanted.text(context).is_some_and(|wanted| self.compare(&wanted, found, context)),
        }
    }

    fn compare(self, wanted: &str, found: &str, context: &Context) -> bool {
        match self {
            Self::Numeric(relation) => {
                let order = number(found)
                    .zip(number(wanted))
                    .and_then(|(found, wanted)| found.partial_cmp(&wanted));
                order.is_some_and(|order| relation.allows(order))
            }
            Self::Date(relation) => {
                let order = moment(found)
                    .zip(moment(wanted))
                    .and_then(|(found, wanted)| found.partial_cmp(&wanted));
                order.is_some_and(|order| relation.allows(order))
            }
            Self::Bool => flag(wanted).is_some() && flag(wanted) == flag(found),
            Self::Ip => {
                let address = found.parse::<IpAddr>().ok();
                Block::read(wanted)
                    .zip(address)
                    .is_some_and(|(block, address)| block.holds(address))
            }
            Self::Arn => {
                ArnPattern::new(wanted, false).is_some_and(|arn| arn.matches(found, context))
            }
            Self::String(_) | Self::Like | Self::Binary | Self::Null => wanted == found,
        }
    }
}

// === impl Relation ===

impl Relation {
    fn read(name: &str) -> Option<(Self, bool)> {
        Some(match name {
            "Equals" => (Self::Equal, false),
            "NotEquals" => (Self::Equal, true),
            "LessThan" => (Self::Less, false),
            "LessThanEquals" => (Self::LessOrEqual, false),
            "GreaterThan" => (Self::Greater, false),
            "GreaterThanEquals" => (Self::GreaterOrEqual, false),
            _ => return None,
        })
    }

    fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A block of addresses in CIDR notation, or one address.
struct Block {
    base: IpAddr,
    prefix_length: u32,
}

// === impl Block ===

impl Block {
    fn read(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse().ok()?)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().ok()?;
        let whole = if base.is_ipv4() { 32 } else { 128 };
        let prefix_length = length.unwrap_or(whole);
        (prefix_length <= whole).then_some(Self { base, prefix_length })
    }

    fn holds(&self, address: IpAddr) -> bool {
        // Shifting out all bits is not defined, and a block of everything holds everything.
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differ = u32::from(base) ^ u32::from(address);
                differ.checked_shr(32 - self.prefix_length).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differ = u128::from(base) ^ u128::from(address);
                differ.checked_shr(128 - self.prefix_length).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Reads a moment in one of the forms that W3C allows, or as seconds since the epoch.
fn moment(text: &str) -> Option<f64> {
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(seconds(moment));
    }
    let midnight = Date::parse(text, &Iso8601::DATE).ok()?.midnight().assume_utc();
    Some(seconds(midnight))
}

#[expect(clippy::cast_precision_loss, reason = "real dates in milliseconds fit 53 bits")]
fn seconds(moment: OffsetDateTime) -> f64 {
    (moment.unix_timestamp_nanos() / 1_000_000) as f64 / 1e3
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
