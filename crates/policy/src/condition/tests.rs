//! Each operator, with the key there, absent, and several times.

use super::*;

fn holds(operator: &str, value: &str, context: &Context) -> bool {
    let values: Json = serde_json::from_str(&format!("{{\"aws:Key\": {value}}}")).unwrap();
    let conditions = Condition::read(operator, &values, true).unwrap();
    conditions.iter().all(|condition| condition.holds(context))
}

fn context(values: &[&str]) -> Context {
    values.iter().fold(Context::default(), |context, value| context.with("AWS:key", *value))
}

#[test]
fn operators_compare_as_their_names_say() {
    for (operator, wanted, found, expected) in [
        ("StringEquals", r#""a""#, "a", true),
        ("StringEquals", r#""a""#, "A", false),
        ("StringEquals", r#"["b", "a"]"#, "a", true),
        ("StringEquals", r#""a*""#, "ab", false),
        ("StringNotEquals", r#""a""#, "a", false),
        ("StringNotEquals", r#"["a", "b"]"#, "b", false),
        ("StringNotEquals", r#"["a", "b"]"#, "c", true),
        ("StringEqualsIgnoreCase", r#""a""#, "A", true),
        ("StringNotEqualsIgnoreCase", r#""a""#, "A", false),
        ("StringLike", r#""a*""#, "ab", true),
        ("StringNotLike", r#""a*""#, "ab", false),
        ("NumericEquals", "10", "10.0", true),
        ("NumericNotEquals", "10", "11", true),
        ("NumericLessThan", r#""10""#, "9", true),
        ("NumericLessThan", "10", "ten", false),
        ("NumericLessThanEquals", "10", "10", true),
        ("NumericGreaterThan", "10", "10", false),
        ("NumericGreaterThanEquals", "10", "10", true),
        ("DateLessThan", r#""2026-01-01T00:00:00Z""#, "2025-12-31T23:59:59Z", true),
        ("DateGreaterThan", r#""2026-01-01""#, "1767225601", true),
        ("DateEquals", r#""2026-01-01T00:00:00Z""#, "2026-01-01T01:00:00+01:00", true),
        ("Bool", "true", "true", true),
        ("Bool", r#""false""#, "true", false),
        ("BinaryEquals", r#""QUJD""#, "QUJD", true),
        ("IpAddress", r#""10.0.0.0/8""#, "10.1.2.3", true),
        ("IpAddress", r#""10.0.0.0/8""#, "11.1.2.3", false),
        ("IpAddress", r#""0.0.0.0/0""#, "11.1.2.3", true),
        ("IpAddress", r#""2001:db8::/32""#, "2001:db8::1", true),
        ("IpAddress", r#""0.0.0.0/0""#, "::1", false),
        ("NotIpAddress", r#""10.0.0.1""#, "10.0.0.2", true),
        ("ArnLike", r#""arn:aws:s3:::b*""#, "arn:aws:s3:::bucket", true),
        ("ArnEquals", r#""arn:aws:s3:::b*""#, "arn:aws:s3:::bucket", true),
        ("ArnLike", r#""arn:aws:s3:::b*""#, "arn:aws:sqs:::bucket", false),
        ("ArnNotLike", r#""arn:aws:s3:::b*""#, "arn:aws:sqs:::bucket", true),
        ("ArnNotEquals", r#""arn:aws:s3:::b""#, "arn:aws:s3:::b", false),
        ("Null", "true", "there", false),
        ("Null", r#""false""#, "there", true),
    ] {
        let held = holds(operator, wanted, &context(&[found]));
        assert_eq!(held, expected, "{operator} {wanted} {found}");
    }
}

#[test]
fn an_absent_key_fails_whatever_is_not_negated_and_has_no_if_exists() {
    for (operator, wanted, expected) in [
        ("StringEquals", r#""a""#, false),
        ("StringNotEquals", r#""a""#, true),
        ("StringEqualsIfExists", r#""a""#, true),
        ("NumericLessThan", "1", false),
        ("NotIpAddress", r#""10.0.0.1""#, true),
        ("BoolIfExists", "true", true),
        ("Null", "true", true),
        ("Null", "false", false),
        ("ForAllValues:StringEquals", r#""a""#, true),
        ("ForAnyValue:StringEquals", r#""a""#, false),
        ("ForAnyValue:StringNotEquals", r#""a""#, false),
        ("ForAnyValue:StringEqualsIfExists", r#""a""#, true),
    ] {
        assert_eq!(holds(operator, wanted, &Context::default()), expected, "{operator} {wanted}");
    }
}

#[test]
fn sets_are_compared_value_by_value() {
    let found = context(&["a", "b"]);
    for (operator, wanted, expected) in [
        ("ForAllValues:StringEquals", r#"["a", "b", "c"]"#, true),
        ("ForAllValues:StringEquals", r#"["a"]"#, false),
        ("ForAnyValue:StringEquals", r#"["a"]"#, true),
        ("ForAnyValue:StringEquals", r#"["c"]"#, false),
        ("ForAllValues:StringNotEquals", r#"["c"]"#, true),
        ("ForAllValues:StringNotEquals", r#"["a"]"#, false),
        ("ForAnyValue:StringNotEquals", r#"["a"]"#, true),
        ("ForAnyValue:StringNotEquals", r#"["a", "b"]"#, false),
        ("ForAnyValue:StringLike", r#"["?"]"#, true),
    ] {
        assert_eq!(holds(operator, wanted, &found), expected, "{operator} {wanted}");
    }
}

#[test]
fn values_may_hold_variables() {
    let found = context(&["ada"]).with("aws:username", "ada");
    assert!(holds("StringEquals", r#""${aws:username}""#, &found));
    assert!(!holds("StringEquals", r#""${aws:userid}""#, &found));
}

#[test]
fn what_no_operator_can_compare_is_refused() {
    for (operator, value) in [
        ("StringMatches", r#""a""#),
        ("ForSomeValues:StringEquals", r#""a""#),
        ("NullIfExists", "true"),
        ("NumericEquals", r#""ten""#),
        ("DateEquals", r#""soon""#),
        ("IpAddress", r#""10.0.0.0/33""#),
        ("ArnLike", r#""bucket""#),
        ("Bool", r#""perhaps""#),
        ("StringEquals", "null"),
        ("StringEquals", r#"{"a": "b"}"#),
        ("NumericLikeThan", "1"),
    ] {
        let values: Json = serde_json::from_str(&format!("{{\"k\": {value}}}")).unwrap();
        assert!(Condition::read(operator, &values, true).is_none(), "{operator} {value}");
    }
}
