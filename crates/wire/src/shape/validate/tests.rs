use serde_json::json;

use super::*;

static NAME: Shape = Shape::text(Range::between(1, 5), Some("[a-z]+"), &[]);
static ARCHITECTURE: Shape = Shape::text(Range::OPEN, None, &["x86_64", "arm64"]);
static ARCHITECTURES: Shape = Shape::list(&ARCHITECTURE, Range::between(1, 1));
static RUNTIMES: Shape = Shape::plain_list(&ARCHITECTURE, Range::OPEN);
static TIMEOUT: Shape = Shape::of(Kind::Integer(Range::between(1, 900)));
static WEIGHT: Shape = Shape::of(Kind::Float(Range::between(0.0, 1.0)));
static VERSION: Shape = Shape::text(Range::between(1, 1024), Some("[0-9]+"), &[]);
static WEIGHTS: Shape = Shape::map(&VERSION, &WEIGHT, Range::OPEN);
static SECRET_NAME: Shape = Shape::text(Range::OPEN, Some("[a-zA-Z]([a-zA-Z0-9_])+"), &[]);
static SECRET_VALUE: Shape = Shape::text(Range::OPEN, None, &[]);
static VARIABLES: Shape = Shape::map(&SECRET_NAME, &SECRET_VALUE, Range::OPEN).sensitive();
static ENVIRONMENT: Shape = Shape::of(Kind::Structure(&[Member::body("Variables", &VARIABLES)]));
static MOUNT: Shape = Shape::of(Kind::Structure(&[Member::body("Arn", &NAME).required()]));
static MOUNTS: Shape = Shape::list(&MOUNT, Range::OPEN);
static REQUEST: Shape = Shape::of(Kind::Structure(&[
    Member::label("FunctionName", "FunctionName", &NAME).required(),
    Member::query("Qualifier", "Qualifier", &VERSION),
    Member::body("Timeout", &TIMEOUT),
    Member::body("Architectures", &ARCHITECTURES),
    Member::body("Runtimes", &RUNTIMES),
    Member::body("Weights", &WEIGHTS),
    Member::body("Environment", &ENVIRONMENT),
    Member::body("Mounts", &MOUNTS),
]));

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
fn later_members_come_first_and_length_before_pattern() {
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
fn a_plain_list_quotes_only_what_is_broken() {
    let expected = "Value '[sparc]' at 'runtimes' failed to satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]";
    assert_eq!(item("Runtimes", json!(["sparc"])), expected);
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
fn an_element_that_is_null_is_reported_once() {
    let expected = "Value '[null]' at 'mounts' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]";
    assert_eq!(item("Mounts", json!([null])), expected);
    let expected =
        "Value '[null]' at 'runtimes' failed to satisfy constraint: Member must not be null";
    assert_eq!(item("Runtimes", json!([null])), expected);
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

#[test]
fn a_message_cannot_be_made_to_grow_without_end() {
    let many = json!({"FunctionName": "f", "Mounts": vec![json!({}); 1000]});
    assert!(message(&many).unwrap().starts_with("100 validation errors detected: "));
    let long = json!({"FunctionName": "\u{e9}".repeat(1 << 20)});
    assert!(message(&long).unwrap().len() < 200 << 10);
}
