//! Constraints as AWS's messages word them.

use std::fmt::Display;

use super::{Kind, Range, Shape, Text};

/// The constraint on whatever has to be there.
pub(super) const NOT_NULL: &str = "Member must not be null";

/// Lists all constraints that a shape puts on a value by itself, in AWS's order.
///
/// A list or map quotes all constraints of its members when one member breaks any of them.
pub(super) fn constraints(shape: &Shape) -> Vec<String> {
    let mut all = Vec::new();
    match &shape.kind {
        Kind::Text(text) => push_text(text, &mut all),
        Kind::Integer(range) | Kind::Long(range) => push_range("value", *range, &mut all),
        Kind::Float(range) => push_range("value", range.debugged(), &mut all),
        Kind::Blob(length) => push_range("length", *length, &mut all),
        Kind::List { member, length, .. } => {
            push_range("length", *length, &mut all);
            all.push(members_must("Member", member));
        }
        Kind::Map { key, value, length } => {
            push_range("length", *length, &mut all);
            all.push(members_must("Map keys", key));
            all.push(members_must("Map value", value));
        }
        Kind::Boolean | Kind::Timestamp | Kind::Structure(_) => {}
    }
    all
}

/// Words the constraint that a list or map puts on its members.
pub(super) fn members_must(who: &str, member: &Shape) -> String {
    let mut all = constraints(member);
    if who != "Map keys" {
        all.push(NOT_NULL.to_owned());
    }
    format!("{who} must satisfy constraint: [{}]", all.join(", "))
}

pub(super) fn at_most(what: &str, max: impl Display) -> String {
    format!("Member must have {what} less than or equal to {max}")
}

pub(super) fn at_least(what: &str, min: impl Display) -> String {
    format!("Member must have {what} greater than or equal to {min}")
}

pub(super) fn matching(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

pub(super) fn one_of(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

fn push_text(text: &Text, all: &mut Vec<String>) {
    push_range("length", text.length, all);
    all.extend(text.pattern.as_ref().map(|pattern| matching(pattern.source())));
    if !text.values.is_empty() {
        all.push(one_of(text.values));
    }
}

fn push_range<T: Display>(what: &str, range: Range<T>, all: &mut Vec<String>) {
    all.extend(range.max.map(|max| at_most(what, max)));
    all.extend(range.min.map(|min| at_least(what, min)));
}

impl Range<f64> {
    /// The same range with its ends as Java prints doubles: `1.0`, not `1`.
    pub(super) fn debugged(&self) -> Range<String> {
        Range {
            min: self.min.map(|min| format!("{min:?}")),
            max: self.max.map(|max| format!("{max:?}")),
        }
    }
}
