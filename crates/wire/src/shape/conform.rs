//! Is the document of the types that the shape names? AWS answers `SerializationException` when not.

use serde_json::{Number, Value};
use thiserror::Error;

use super::{Kind, Shape};

/// A value of the wrong type, in the words of AWS's deserializer.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Mismatch {
    /// A simple value where another simple type belongs.
    #[error("{found} can not be converted to {wanted}")]
    Simple {
        /// What is there.
        found: &'static str,
        /// What should be.
        wanted: &'static str,
    },
    /// An object where a simple value or a list belongs.
    #[error("Start of structure or map found where not expected.")]
    UnexpectedObject,
    /// A list where a simple value belongs.
    #[error("Start of list found where not expected")]
    UnexpectedList,
    /// Something else where an object belongs.
    #[error("Expected structure or map, or null")]
    WantedObject,
    /// Something else where a list belongs.
    #[error("Expected list or null")]
    WantedList,
    /// A number that the type cannot hold.
    #[error("Number {0} is out of range")]
    OutOfRange(String),
}

/// Checks the types of a document and brings it into the form that the structs read.
///
/// Unknown members are left alone (newer SDKs send them), nulls in structures count as absent, and a fraction where a whole
/// number belongs is cut off, as AWS does.
pub fn conform(shape: &Shape, value: &mut Value) -> Result<(), Mismatch> {
    match &shape.kind {
        Kind::Structure(members) => {
            let Value::Object(entries) = value else { return Err(Mismatch::WantedObject) };
            for member in *members {
                match entries.get_mut(member.name) {
                    Some(Value::Null) => {
                        entries.remove(member.name);
                    }
                    Some(value) => conform(member.shape, value)?,
                    None => {}
                }
            }
            Ok(())
        }
        Kind::List { member, .. } => {
            let Value::Array(items) = value else { return Err(Mismatch::WantedList) };
            items
                .iter_mut()
                .filter(|item| !item.is_null())
                .try_for_each(|item| conform(member, item))
        }
        Kind::Map { value: shape, .. } => {
            let Value::Object(entries) = value else { return Err(Mismatch::WantedObject) };
            entries
                .values_mut()
                .filter(|item| !item.is_null())
                .try_for_each(|item| conform(shape, item))
        }
        kind => conform_simple(kind, value),
    }
}

fn conform_simple(kind: &Kind, value: &mut Value) -> Result<(), Mismatch> {
    let whole = |least: i64, most: i64, value: &mut Value| match value {
        Value::Number(number) => {
            let whole = truncated(number).filter(|n| (least..=most).contains(n));
            let whole = whole.ok_or_else(|| Mismatch::OutOfRange(number.to_string()))?;
            *value = whole.into();
            Ok(true)
        }
        _ => Ok(false),
    };
    let fits = match kind {
        Kind::Integer(_) => whole(i32::MIN.into(), i32::MAX.into(), value)?,
        Kind::Long(_) => whole(i64::MIN, i64::MAX, value)?,
        Kind::Float(_) => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Timestamp => value.is_number() || value.is_string(),
        _ => value.is_string(),
    };
    if fits { Ok(()) } else { Err(mismatch(kind, value)) }
}

fn mismatch(kind: &Kind, value: &Value) -> Mismatch {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => return Mismatch::UnexpectedList,
        Value::Object(_) => return Mismatch::UnexpectedObject,
    };
    let wanted = match kind {
        Kind::Integer(_) => "Integer",
        Kind::Long(_) => "Long",
        Kind::Float(_) => "Double",
        Kind::Boolean => "Boolean",
        Kind::Timestamp => "Timestamp",
        Kind::Blob(_) => "a Blob",
        _ => "String",
    };
    Mismatch::Simple { found, wanted }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked just before")]
fn truncated(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let fraction = number.as_f64()?.trunc();
        // Within this range a double is a whole number that an i64 holds.
        (fraction.abs() < 9e15).then_some(fraction as i64)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shape::{Member, Range};

    static NUMBER: Shape = Shape::of(Kind::Integer(Range::OPEN));
    static FLAG: Shape = Shape::of(Kind::Boolean);
    static NUMBERS: Shape = Shape::list(&NUMBER, Range::OPEN);
    static REQUEST: Shape = Shape::of(Kind::Structure(&[
        Member::body("Timeout", &NUMBER),
        Member::body("Publish", &FLAG),
        Member::body("Ports", &NUMBERS),
    ]));

    #[test]
    fn fractions_are_cut_nulls_dropped_and_unknown_members_left() {
        let mut value =
            json!({"Timeout": 3.7, "Publish": null, "Ports": [1.0, 2], "Later": {"x": 1}});
        conform(&REQUEST, &mut value).unwrap();
        assert_eq!(value, json!({"Timeout": 3, "Ports": [1, 2], "Later": {"x": 1}}));
    }

    #[test]
    fn each_wrong_type_is_named() {
        for (value, message) in [
            (json!({"Timeout": "3"}), "STRING_VALUE can not be converted to Integer"),
            (json!({"Publish": 1}), "NUMBER_VALUE can not be converted to Boolean"),
            (json!({"Timeout": {}}), "Start of structure or map found where not expected."),
            (json!({"Timeout": []}), "Start of list found where not expected"),
            (json!({"Ports": "80"}), "Expected list or null"),
            (json!({"Timeout": 4_294_967_296_u64}), "Number 4294967296 is out of range"),
            (json!([]), "Expected structure or map, or null"),
        ] {
            let mut value = value;
            assert_eq!(conform(&REQUEST, &mut value).unwrap_err().to_string(), message);
        }
    }
}
