//! Which environment variables a customer may set, and how large they may be together.

use std::collections::BTreeMap;

/// The variables that only the platform sets
/// (Developer Guide, "Working with Lambda environment variables", reserved variables).
pub const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
];

/// Says why a set of variables is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariablesError {
    /// Some names belong to the platform.
    #[error("reserved keys: {0:?}")]
    Reserved(Vec<String>),
    /// The set, written as compact JSON, is larger than the limit.
    #[error("{} bytes as JSON", json.len())]
    TooLarge {
        /// The compact JSON that was measured.
        json: String,
    },
}

/// Checks names against [`RESERVED`] and the size of the compact JSON against `limit_bytes`.
pub fn check(
    variables: &BTreeMap<String, String>,
    limit_bytes: usize,
) -> Result<(), VariablesError> {
    let reserved: Vec<String> =
        variables.keys().filter(|key| RESERVED.contains(&key.as_str())).cloned().collect();
    if !reserved.is_empty() {
        return Err(VariablesError::Reserved(reserved));
    }
    let json = compact_json(variables);
    if json.len() > limit_bytes {
        return Err(VariablesError::TooLarge { json });
    }
    Ok(())
}

/// Writes the map as AWS measures it: `{"K":"v",…}` without spaces.
fn compact_json(variables: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> =
        variables.iter().map(|(key, value)| format!("{}:{}", quote(key), quote(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn quote(text: &str) -> String {
    use std::fmt::Write as _;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn reserved_names_are_reported_all_at_once() {
        let variables = map(&[("AWS_REGION", "x"), ("FOO", "y"), ("LAMBDA_TASK_ROOT", "z")]);
        let reserved = vec!["AWS_REGION".to_owned(), "LAMBDA_TASK_ROOT".to_owned()];
        assert_eq!(check(&variables, 4096), Err(VariablesError::Reserved(reserved)));
    }

    #[test]
    fn the_limit_counts_the_compact_json() {
        let variables = map(&[("AB", "c")]);
        assert_eq!(check(&variables, 10), Ok(()));
        let json = r#"{"AB":"c"}"#.to_owned();
        assert_eq!(check(&variables, 9), Err(VariablesError::TooLarge { json }));
    }

    proptest::proptest! {
        #[test]
        fn the_measured_text_is_the_json_of_the_map(
            variables in proptest::collection::btree_map(".{0,8}", ".{0,8}", 0..5)
        ) {
            let ours: BTreeMap<String, String> =
                serde_json::from_str(&compact_json(&variables)).unwrap();
            proptest::prop_assert_eq!(ours, variables);
        }
    }
}
