//! Values as AWS's (Java's) messages print them.

use std::fmt::Write;

use serde_json::Value;

use super::{Kind, Shape};

/// Appends a value: text bare, lists `[a, b]`, maps `{k=v}`, fractions with a point.
pub(super) fn print(shape: &Shape, value: &Value, out: &mut String) {
    match (&shape.kind, value) {
        (_, Value::Null) => out.push_str("null"),
        (_, Value::String(text)) => out.push_str(text),
        (Kind::Float(_), Value::Number(number)) => {
            let _ = write!(out, "{:?}", number.as_f64().unwrap_or_default());
        }
        (Kind::List { member, .. }, Value::Array(items)) => print_list(member, items, out),
        (Kind::Map { value: shape, .. }, Value::Object(entries)) => {
            print_entries(entries.iter().map(|(name, value)| (name.as_str(), *shape, value)), out);
        }
        (Kind::Structure(members), Value::Object(entries)) => {
            let known = members
                .iter()
                .filter_map(|m| entries.get(m.name).map(|value| (m.name, m.shape, value)));
            print_entries(known, out);
        }
        (_, other) => {
            let _ = write!(out, "{other}");
        }
    }
}

fn print_list(member: &Shape, items: &[Value], out: &mut String) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        print(member, item, out);
    }
    out.push(']');
}

fn print_entries<'a>(
    entries: impl Iterator<Item = (&'a str, &'a Shape, &'a Value)>,
    out: &mut String,
) {
    out.push('{');
    for (index, (name, shape, value)) in entries.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(name);
        out.push('=');
        print(shape, value, out);
    }
    out.push('}');
}
