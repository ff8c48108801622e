//! Do the values keep their constraints? All violations of a request, in one message.

use serde_json::Value;

use super::describe::{NOT_NULL, at_least, at_most, matching, members_must, one_of};
use super::print::print;
use super::{Kind, Member, Range, Shape, Text};

/// More violations than this are not counted: a list of a million bad elements must not make a message of a million lines.
const MAX_ITEMS: usize = 100;
/// A value longer than this, in bytes, is cut in messages; AWS's own limits keep all honest values far below.
const MAX_PRINTED: usize = 64 << 10;

/// The broken constraints of one request.
#[derive(Debug, Default)]
pub struct Violations {
    items: Vec<String>,
}

/// Collects every broken constraint of a structure that has passed [`conform`](super::conform).
///
/// The last member of the model comes first: so AWS reports a bad `qualifier` before a bad `functionName`, and bad
/// `compatibleRuntimes` before bad `compatibleArchitectures`.
pub fn violations(shape: &Shape, value: &Value) -> Violations {
    let mut found = Violations::default();
    for member in shape.members().iter().rev() {
        found.check_member(None, member, value.get(member.name));
    }
    found
}

/// A position in a request, printed as `a.b.1.member.c`.
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    name: &'a str,
}

impl Violations {
    /// Returns AWS's message, or nothing when every constraint is kept.
    pub fn message(&self) -> Option<String> {
        let plural = match self.items.len() {
            0 => return None,
            1 => "",
            _ => "s",
        };
        Some(format!(
            "{} validation error{plural} detected: {}",
            self.items.len(),
            self.items.join("; ")
        ))
    }

    /// Checks one text that has been taken from the request without building a tree.
    pub fn check_text(&mut self, member: &Member, text: Option<&str>) {
        let path = Path { parent: None, name: member.name };
        match (text, &member.shape.kind) {
            (Some(text), Kind::Text(rules)) => {
                for broken in broken_text(rules, text) {
                    self.push(&path, member.shape, text, &broken);
                }
            }
            (None, _) if member.required => self.push_missing(&path),
            _ => {}
        }
    }

    fn check_member(&mut self, parent: Option<&Path<'_>>, member: &Member, value: Option<&Value>) {
        let path = Path { parent, name: member.name };
        match value {
            None | Some(Value::Null) if member.required => self.push_missing(&path),
            None | Some(Value::Null) => {}
            Some(value) => self.check(&path, member.shape, value),
        }
    }

    fn check(&mut self, path: &Path<'_>, shape: &Shape, value: &Value) {
        for broken in broken(shape, value) {
            let mut printed = String::new();
            print(shape, value, &mut printed);
            self.push(path, shape, &printed, &broken);
        }
        match (&shape.kind, value) {
            (Kind::Structure(members), _) => {
                for member in *members {
                    self.check_member(Some(path), member, value.get(member.name));
                }
            }
            (Kind::List { member, .. }, Value::Array(items)) if is_deep(member) => {
                // A null is complained of as such already; it lacks no members of its own.
                let there = items.iter().enumerate().filter(|(_, item)| !item.is_null());
                for (index, item) in there {
                    let number = (index + 1).to_string();
                    let nth = Path { parent: Some(path), name: &number };
                    self.check(&Path { parent: Some(&nth), name: "member" }, member, item);
                }
            }
            (Kind::Map { value: shape, .. }, Value::Object(entries)) if is_deep(shape) => {
                for (name, item) in entries.iter().filter(|(_, item)| !item.is_null()) {
                    let key = Path { parent: Some(path), name };
                    self.check(&Path { parent: Some(&key), name: "member" }, shape, item);
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, path: &Path<'_>, shape: &Shape, printed: &str, broken: &str) {
        let printed = cut(printed);
        let path = path.text();
        self.push_item(if shape.sensitive {
            format!("Value at '{path}' failed to satisfy constraint: {broken}")
        } else {
            format!("Value '{printed}' at '{path}' failed to satisfy constraint: {broken}")
        });
    }

    fn push_item(&mut self, item: String) {
        if self.items.len() < MAX_ITEMS {
            self.items.push(item);
        }
    }

    fn push_missing(&mut self, path: &Path<'_>) {
        let path = path.text();
        self.push_item(format!("Value null at '{path}' failed to satisfy constraint: {NOT_NULL}"));
    }
}

impl Path<'_> {
    fn text(&self) -> String {
        let mut text = self.parent.map_or_else(String::new, |parent| parent.text() + ".");
        let mut chars = self.name.chars();
        text.extend(chars.next().map(|first| first.to_ascii_lowercase()));
        text.push_str(chars.as_str());
        text
    }
}

/// The start of a text that is too long to be repeated.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_PRINTED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Structures inside lists and maps are checked member by member; simple elements are the container's business.
fn is_deep(shape: &Shape) -> bool {
    matches!(shape.kind, Kind::Structure(_))
}

/// Words each constraint that the value itself breaks, without looking into structures.
fn broken(shape: &Shape, value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    match (&shape.kind, value) {
        (Kind::Text(rules), Value::String(text)) => all = broken_text(rules, text),
        (Kind::Integer(range) | Kind::Long(range), _) => {
            if let Some(number) = value.as_i64() {
                all.extend(range.broken("value", number));
            }
        }
        (Kind::Float(range), _) => {
            if let Some(number) = value.as_f64() {
                all.extend(range.broken_float(number));
            }
        }
        (Kind::List { member, plain, length }, Value::Array(items)) => {
            all.extend(length.broken("length", items.len()));
            match items.iter().find(|item| breaks(member, item)) {
                Some(Value::Null) if *plain => all.push(NOT_NULL.to_owned()),
                Some(bad) if *plain => all.extend(broken(member, bad)),
                Some(_) => all.push(members_must("Member", member)),
                None => {}
            }
        }
        (Kind::Map { key, value: shape, length }, Value::Object(entries)) => {
            all.extend(length.broken("length", entries.len()));
            if entries.keys().any(|name| breaks_text(key, name)) {
                all.push(members_must("Map keys", key));
            }
            if entries.values().any(|item| breaks(shape, item)) {
                all.push(members_must("Map value", shape));
            }
        }
        _ => {}
    }
    all
}

fn breaks(shape: &Shape, value: &Value) -> bool {
    value.is_null() || !broken(shape, value).is_empty()
}

fn breaks_text(shape: &Shape, text: &str) -> bool {
    matches!(&shape.kind, Kind::Text(rules) if !broken_text(rules, text).is_empty())
}

fn broken_text(rules: &Text, text: &str) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(rules.length.broken("length", text.chars().count()));
    if let Some(pattern) = rules.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
        all.push(matching(pattern.source()));
    }
    if !rules.values.is_empty() && !rules.values.contains(&text) {
        all.push(one_of(rules.values));
    }
    all
}

impl<T: PartialOrd + std::fmt::Display + Copy> Range<T> {
    fn broken(&self, what: &str, value: T) -> Option<String> {
        match (self.min, self.max) {
            (_, Some(max)) if value > max => Some(at_most(what, max)),
            (Some(min), _) if value < min => Some(at_least(what, min)),
            _ => None,
        }
    }
}

impl Range<f64> {
    fn broken_float(&self, value: f64) -> Option<String> {
        let printed = self.debugged();
        match (self.max, self.min) {
            (Some(max), _) if value > max => printed.max.map(|max| at_most("value", max)),
            (_, Some(min)) if value < min => printed.min.map(|min| at_least("value", min)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
