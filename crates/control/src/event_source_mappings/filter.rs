//! Is a text a filter pattern? Only its form is looked at.

use serde_json::{Map, Value};

use super::MappingRefusal;

/// What an element of a list may be, beside a plain value.
const OPERATORS: &[&str] = &[
    "prefix",
    "suffix",
    "equals-ignore-case",
    "anything-but",
    "numeric",
    "exists",
    "cidr",
    "wildcard",
];

/// Refuses what is no pattern.
pub(super) fn check(pattern: &str) -> Result<(), MappingRefusal> {
    match serde_json::from_str(pattern) {
        Ok(Value::Object(fields)) if is_pattern(&fields) => Ok(()),
        _ => Err(MappingRefusal::Filter),
    }
}

/// A pattern names fields, each with a pattern of its own or a list of what it may be.
fn is_pattern(fields: &Map<String, Value>) -> bool {
    !fields.is_empty()
        && fields.iter().all(|(name, value)| match value {
            Value::Array(choices) if name == "$or" => {
                choices.len() > 1 && choices.iter().all(|c| c.as_object().is_some_and(is_pattern))
            }
            Value::Array(choices) => !choices.is_empty() && choices.iter().all(is_choice),
            Value::Object(fields) => is_pattern(fields),
            _ => false,
        })
}

fn is_choice(choice: &Value) -> bool {
    match choice {
        Value::Array(_) => false,
        Value::Object(operator) => {
            operator.len() == 1 && operator.keys().all(|name| OPERATORS.contains(&name.as_str()))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_fields_and_what_they_may_be() {
        for good in [
            r#"{"body":{"kind":["a",null,3]}}"#,
            r#"{"body":[{"prefix":"x"},{"numeric":[">",0,"<=",5]}]}"#,
            r#"{"$or":[{"a":["1"]},{"b":[{"exists":false}]}]}"#,
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "null",
            "[]",
            "{}",
            "{",
            r#"{"a":"b"}"#,
            r#"{"a":[]}"#,
            r#"{"a":[{"no":1}]}"#,
            r#"{"a":[["b"]]}"#,
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
