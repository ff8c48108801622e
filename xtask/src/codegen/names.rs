//! AWS's names as Rust spells them.

/// Words that cannot be the name of a field.
const KEYWORDS: &[&str] =
    &["type", "enum", "match", "ref", "struct", "use", "where", "loop", "move", "self", "in"];

/// `KMSKeyArn` → `kms_key_arn`.
pub(super) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let after_word =
            i > 0 && (chars[i - 1].is_ascii_lowercase() || chars[i - 1].is_ascii_digit());
        let ends_acronym = i > 0
            && chars[i - 1].is_ascii_uppercase()
            && chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_word || ends_acronym) {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The name of a field, escaped where it is a keyword.
pub(super) fn field(name: &str) -> String {
    let snake = snake(name);
    if KEYWORDS.contains(&snake.as_str()) { format!("r#{snake}") } else { snake }
}

/// The name of a static.
pub(super) fn constant(name: &str) -> String {
    snake(name).to_uppercase()
}

/// The name of a type: AWS's own, in upper camel case.
pub(super) fn type_name(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// What serde's `rename_all = "PascalCase"` (or `camelCase`) makes of a snake-case name.
pub(super) fn renamed(snake: &str, camel: bool) -> String {
    let words = snake.split('_').map(type_name);
    words
        .enumerate()
        .map(|(i, word)| if i == 0 && camel { word.to_lowercase() } else { word })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_and_digits_stay_together() {
        for (aws, rust) in [
            ("FunctionName", "function_name"),
            ("KMSKeyArn", "kms_key_arn"),
            ("UUID", "uuid"),
            ("S3Bucket", "s3_bucket"),
            ("CodeSha256", "code_sha256"),
            ("EC2ErrorCode", "ec2_error_code"),
            ("logGroupName", "log_group_name"),
            ("Ipv6AllowedForDualStack", "ipv6_allowed_for_dual_stack"),
        ] {
            assert_eq!(snake(aws), rust);
        }
    }

    #[test]
    fn renaming_agrees_with_serde() {
        assert_eq!(renamed("function_name", false), "FunctionName");
        assert_eq!(renamed("log_group_name", true), "logGroupName");
        assert_ne!(renamed("kms_key_arn", false), "KMSKeyArn");
    }
}
