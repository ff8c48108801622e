use serde_json::json;

use super::*;
use crate::shape::Pattern;

const fn text(
    min: Option<usize>,
    max: Option<usize>,
    pattern: Option<Pattern>,
    values: &'static [&'static str],
) -> Shape {
    Shape {
        kind: Kind::Text(Text { length: Range::new(min, max), pattern, values }),
        sensitive: false,
    }
}

const fn body(name: &'static str, shape: &'static Shape, required: bool) -> Member {
    Member { name, shape, required, location: Location::Body }
}

static NAME: Shape = text(Some(1), Some(5), Some(Pattern::new("[a-z]+")), &[]);
static ARCHITECTURE: Shape = text(None, None, None, &["x86_64", "arm64"]);
static ARCHITECTURES: Shape = Shape {
    kind: Kind::List { member: &ARCHITECTURE, length: Range::new(Some(1), Some(1)) },
    sensitive: false,
};
static TIMEOUT: Shape =
    Shape { kind: Kind::Integer(Range::new(Some(1), Some(900))), sensitive: false };
static WEIGHT: Shape =
    Shape { kind: Kind::Float(Range::new(Some(0.0), Some(1.0))), sensitive: false };
static VERSION: Shape = text(Some(1), Some(1024), Some(Pattern::new("[0-9]+")), &[]);
static WEIGHTS: Shape = Shape {
    kind: Kind::Map { key: &VERSION, value: &WEIGHT, length: Range::OPEN },
    sensitive: false,
};
static SECRET_NAME: Shape = text(None, None, Some(Pattern::new("[a-zA-Z]([a-zA-Z0-9_])+")), &[]);
static SECRET_VALUE: Shape = text(None, None, None, &[]);
static VARIABLES: Shape = Shape {
    kind: Kind::Map { key: &SECRET_NAME, value: &SECRET_VALUE, length: Range::OPEN },
    sensitive: true,
};
static ENVIRONMENT: Shape =
    Shape { kind: Kind::Structure(&[body("Variables", &VARIABLES, false)]), sensitive: false };
static MOUNT: Shape =
    Shape { kind: Kind::Structure(&[body("Arn", &NAME, true)]), sensitive: false };
static MOUNTS: Shape =
    Shape { kind: Kind::List { member: &MOUNT, length: Range::OPEN }, sensitive: false };
static REQUEST: Shape = Shape {
    kind: Kind::Structure(&[
        Member {
            name: "FunctionName",
            shape: &NAME,
            required: true,
            location: Location::Label("FunctionName"),
        },
        Member {
            name: "Qualifier",
            shape: &VERSION,
            required: false,
            location: Location::Query("Qualifier"),
        },
        body("Timeout", &TIMEOUT, false),
        body("Architectures", &ARCHITECTURES, false),
        body("Weights", &WEIGHTS, false),
        body("Environment", &ENVIRONMENT, false),
        body("Mounts", &MOUNTS, false),
    ]),
    sensitive: false,
};

fn message(value: &Value) -> Option<String> {
    violations(&REQUEST, value).message()
}

/// The only item of a request that is right but for one more member.
fn item(name: &str, member: Value) -> String {
    let mut request = json!({"FunctionName": "f"});
    request[name] = member;
    let message = message(&request).expect("a violation");
    message.strip_prefix("1 validation error detected: ").expect("one violation").to_owned()
}

#[test]
fn a_request_within_its_constraints_has_no_message() {
    let request = json!({
        "FunctionName": "f", "Timeout": 900, "Architectures": ["arm64"], "Weights": {"2": 0.5},
        "Environment": {"Variables": {"AB": ""}}, "Mounts": [{"Arn": "a"}],
    });
    assert_eq!(message(&request), None);
}

#[test]
fn a_missing_member_is_null() {
    let expected = "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null";
    assert_eq!(message(&json!({})).unwrap(), expected);
}

#[test]
fn members_of_the_path_come_last_and_length_before_pattern() {
    let expected = "3 validation errors detected: Value 'x!' at 'qualifier' failed to satisfy constraint: Member must satisfy \
                    regular expression pattern: [0-9]+; Value 'toolong!' at 'functionName' failed to satisfy constraint: Member \
                    must have length less than or equal to 5; Value 'toolong!' at 'functionName' failed to satisfy constraint: \
                    Member must satisfy regular expression pattern: [a-z]+";
    assert_eq!(message(&json!({"FunctionName": "toolong!", "Qualifier": "x!"})).unwrap(), expected);
}

#[test]
fn numbers_have_values() {
    let expected = "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900";
    assert_eq!(item("Timeout", json!(901)), expected);
    let expected = "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1";
    assert_eq!(item("Timeout", json!(0)), expected);
}

#[test]
fn lists_have_lengths_and_quote_all_constraints_of_their_members() {
    let expected = "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1";
    assert_eq!(item("Architectures", json!(["x86_64", "arm64"])), expected);
    let expected = "Value '[sparc]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: \
                    [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]";
    assert_eq!(item("Architectures", json!(["sparc"])), expected);
}

#[test]
fn maps_print_fractions_as_java_does() {
    let expected = "Value '{2=2.0}' at 'weights' failed to satisfy constraint: Map value must satisfy constraint: [Member must \
                    have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]";
    assert_eq!(item("Weights", json!({"2": 2})), expected);
    let expected = "Value '{a=0.5}' at 'weights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have \
                    length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy \
                    regular expression pattern: [0-9]+]";
    assert_eq!(item("Weights", json!({"a": 0.5})), expected);
}

#[test]
fn sensitive_values_are_not_repeated() {
    let expected = "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: \
                    [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]";
    assert_eq!(item("Environment", json!({"Variables": {"1": "secret"}})), expected);
}

#[test]
fn structures_in_lists_are_counted_from_one() {
    let expected =
        "Value null at 'mounts.2.member.arn' failed to satisfy constraint: Member must not be null";
    assert_eq!(item("Mounts", json!([{"Arn": "a"}, {}])), expected);
}

#[test]
fn text_taken_without_a_tree_is_held_to_the_same_rules() {
    let mut found = Violations::default();
    let member = REQUEST.member("Qualifier").unwrap();
    found.check_text(member, Some("7"));
    found.check_text(member, None);
    assert_eq!(found.message(), None);
    found.check_text(member, Some("x!"));
    assert!(found.message().unwrap().contains("Value 'x!' at 'qualifier'"));
}
