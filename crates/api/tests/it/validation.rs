//! Broken constraints in AWS's words.

use serde_json::{Value, json};

use crate::client::{REACHED, code, lambda, text};

const FUNCTION_NAME: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const NAMESPACED: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

/// A request to create a function, with one member replaced.
fn create(member: &str, value: Value) -> Value {
    let mut request = json!({
        "FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/r", "Runtime": "python3.12",
        "Handler": "main.handler", "Code": {"ZipFile": "UEs="},
    });
    request[member] = value;
    request
}

/// The message of a request to create a function that breaks a constraint.
fn refused(request: &Value) -> String {
    let answer = lambda("POST", "/2015-03-31/functions", request.to_string());
    assert_eq!(
        (answer.status().as_u16(), code(&answer)),
        (400, "ValidationException"),
        "{}",
        text(&answer)
    );
    message(text(&answer))
}

fn message(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1, "a ValidationException has no Type");
    body["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_request_within_its_constraints_reaches_its_handler() {
    let answer = lambda("POST", "/2015-03-31/functions", create("Timeout", json!(900)).to_string());
    assert_eq!(code(&answer), REACHED);
}

#[test]
fn create_function_words_each_constraint_as_aws_does() {
    let layers = r"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))";
    for (member, value, expected) in [
        ("Timeout", json!(901), "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900".to_owned()),
        ("MemorySize", json!(10241), "Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240".into()),
        ("EphemeralStorage", json!({"Size": 511}), "Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512".into()),
        ("Architectures", json!(["x86_64", "arm64"]), "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1".into()),
        ("Architectures", json!(["sparc"]), "Value '[sparc]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]".into()),
        ("SnapStart", json!({"ApplyOn": "x"}), "Value 'x' at 'snapStart.applyOn' failed to satisfy constraint: Member must satisfy enum value set: [PublishedVersions, None]".into()),
        ("Code", json!(null), "Value null at 'code' failed to satisfy constraint: Member must not be null".into()),
        ("Layers", json!(["arn"]), format!("Value '[arn]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: {layers}, Member must not be null]")),
        ("Environment", json!({"Variables": {"1x": "y"}}), "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]".into()),
        ("FunctionName", json!("my-function!"), format!("Value 'my-function!' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: {FUNCTION_NAME}")),
        ("Role", json!("r"), r"Value 'r' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+".into()),
    ] {
        assert_eq!(refused(&create(member, value)), format!("1 validation error detected: {expected}"));
    }
}

#[test]
fn an_unknown_runtime_is_left_to_the_operation() {
    let answer =
        lambda("POST", "/2015-03-31/functions", create("Runtime", json!("cobol")).to_string());
    assert_eq!(code(&answer), REACHED);
}

#[test]
fn qualifier_comes_before_name_and_length_before_pattern() {
    let answer = lambda("GET", "/2015-03-31/functions/%2A?Qualifier=invalid%21", "");
    let expected = format!(
        r"2 validation errors detected: Value 'invalid!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+; Value '*' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: {NAMESPACED}"
    );
    assert_eq!(message(text(&answer)), expected);
    // Invoke reads its members without a document, by the same rules.
    let answer = lambda("POST", "/2015-03-31/functions/%2A/invocations?Qualifier=invalid%21", "{}");
    assert_eq!(message(text(&answer)), expected);
}

#[test]
fn query_members_are_numbers_and_lists() {
    let answer = lambda("GET", "/2015-03-31/functions?MaxItems=0", "");
    let expected = "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1";
    assert_eq!(message(text(&answer)), expected);
    let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af";
    let answer = lambda("DELETE", &format!("/2017-03-31/tags/{arn}"), "");
    let expected = "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null";
    assert_eq!(message(text(&answer)), expected);
    let answer = lambda("DELETE", &format!("/2017-03-31/tags/{arn}?tagKeys=a&tagKeys=b"), "");
    assert_eq!(code(&answer), REACHED);
}

#[test]
fn layers_name_all_values_and_only_what_is_broken() {
    let request =
        json!({"Content": {}, "CompatibleRuntimes": ["x"], "CompatibleArchitectures": ["y"]});
    let answer = lambda("POST", "/2018-10-31/layers/l/versions", request.to_string());
    let message = message(text(&answer));
    let start = "2 validation errors detected: Value '[x]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [";
    let end = "]; Value '[y]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]";
    assert!(message.starts_with(start) && message.ends_with(end), "{message}");
}
