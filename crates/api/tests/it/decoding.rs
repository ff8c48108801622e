//! Requests become structs, whatever the bytes.

use api::Operation;
use api::lambda::{CreateFunction, GetFunction, InvocationRequest, Invoke, StopDurableExecution};
use bytes::Bytes;
use http::HeaderValue;
use http::request::Parts;
use proptest::prelude::*;
use wire::{ApiError, Request};

use crate::client::{REACHED, code, lambda, lambda_with, method, parts, target, text};

fn decode<O: Operation>(parts: &Parts, body: impl Into<Bytes>) -> Result<O::Input, ApiError> {
    let route = api::lambda::route(parts).unwrap();
    O::decode(&Request { route: &route, parts, body: body.into() })
}

#[test]
fn names_are_decoded_after_the_path_is_split() {
    for name in [
        "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
        "arn:aws:lambda:us-east-1:000000000000:function:f",
    ] {
        let parts = parts("GET", &format!("/2015-03-31/functions/{name}?Qualifier=%24LATEST"));
        let input = decode::<GetFunction>(&parts, "").unwrap();
        assert_eq!(input.function_name, "arn:aws:lambda:us-east-1:000000000000:function:f");
        assert_eq!(input.qualifier.as_deref(), Some("$LATEST"));
    }
}

#[test]
fn blobs_are_base64_and_unknown_members_are_ignored() {
    let parts = parts("POST", "/2015-03-31/functions/");
    let body = r#"{"FunctionName":"f","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":"aGk="},"Timeout":3.0,"Novelty":{"x":[1]},"Publish":null}"#;
    let input = decode::<CreateFunction>(&parts, body).unwrap();
    assert_eq!(input.code.zip_file.as_deref(), Some(&b"hi"[..]));
    assert_eq!((input.timeout, input.publish), (Some(3), None));
}

#[test]
fn an_invocation_takes_its_payload_as_it_is() {
    let mut parts = parts("POST", "/2015-03-31/functions/f/invocations?Qualifier=prod");
    parts.headers.insert("x-amz-invocation-type", HeaderValue::from_static("DryRun"));
    let payload = Bytes::from_static(b"\xff not json");
    let input = decode::<Invoke>(&parts, payload.clone()).unwrap();
    let expected = InvocationRequest {
        function_name: "f".into(),
        qualifier: Some("prod".into()),
        invocation_type: Some("DryRun".into()),
        payload: payload.clone(),
        ..Default::default()
    };
    assert_eq!(input, expected);
    assert_eq!(input.payload.as_ptr(), payload.as_ptr(), "the payload is not copied");
}

#[test]
fn a_payload_that_is_one_member_is_that_member() {
    let parts = parts(
        "POST",
        &target(
            StopDurableExecution::SPEC,
            "arn:aws:lambda:us-east-1:000000000000:function:f:1%2Fdurable-execution%2Fa%2Fb",
        ),
    );
    let input = decode::<StopDurableExecution>(&parts, r#"{"ErrorType":"T"}"#).unwrap();
    assert_eq!(input.error.unwrap().error_type.as_deref(), Some("T"));
}

#[test]
fn bodies_that_are_no_request_are_refused_by_name() {
    let malformed = r#"{"FunctionName": "#;
    for (body, expected) in [
        (malformed, "InvalidRequestContentException"),
        ("[]", "SerializationException"),
        (r#"{"FunctionName":1}"#, "SerializationException"),
        (
            r#"{"FunctionName":"f","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":"%"}}"#,
            "SerializationException",
        ),
        (r#"{"Timeout":"long"}"#, "SerializationException"),
    ] {
        let answer = lambda("POST", "/2015-03-31/functions", body);
        assert_eq!((answer.status().as_u16(), code(&answer)), (400, expected), "{body}");
    }
    let answer = lambda("POST", "/2015-03-31/functions", malformed);
    assert!(
        text(&answer)
            .starts_with(r#"{"Type":"User","message":"Could not parse request body into json: "#)
    );
    assert_eq!(
        code(&lambda("GET", "/2015-03-31/functions?MaxItems=many", "")),
        "SerializationException"
    );
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let parts = parts("POST", "/2015-03-31/functions");
    let body = r#"{"FunctionName":"f","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":"c2VzYW1l"},"Environment":{"Variables":{"PASSWORD":"sesame"}}}"#;
    let shown = format!("{:?}", decode::<CreateFunction>(&parts, body).unwrap());
    assert!(shown.contains("FunctionCode") && !shown.contains("sesame"), "{shown}");
}

const EMPTY_OBJECT: &str = "{}";

/// Names that requests use, so that arbitrary documents meet real members.
const NAMES: &[&str] = &[
    "FunctionName",
    "Code",
    "ZipFile",
    "Environment",
    "Variables",
    "Layers",
    "Timeout",
    "Tags",
    "VpcConfig",
    "SubnetIds",
    "RoutingConfig",
    "AdditionalVersionWeights",
    "FileSystemConfigs",
    "Arn",
    "StartingPositionTimestamp",
    "FilterCriteria",
    "Filters",
    "Pattern",
    "SelfManagedEventSource",
    "Endpoints",
    "KAFKA_BOOTSTRAP_SERVERS",
    "Updates",
];

fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    let name = prop_oneof![proptest::sample::select(NAMES).prop_map(str::to_owned), ".{0,4}"];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::hash_map(name.clone(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An answer that a client can read, whatever the request was.
fn is_well_formed(answer: &wire::Response) -> bool {
    !code(answer).is_empty()
        && (code(answer) == REACHED || answer.status().is_client_error())
        && serde_json::from_str::<serde_json::Value>(text(answer)).is_ok()
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic(which in 0..91_usize, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let spec = api::lambda::OPERATIONS[which];
        prop_assert!(is_well_formed(&lambda(spec.method, &target(spec, "plain"), body)));
    }

    #[test]
    fn no_document_makes_decoding_panic(which in 0..91_usize, document in document()) {
        let spec = api::lambda::OPERATIONS[which];
        prop_assert!(is_well_formed(&lambda(spec.method, &target(spec, "plain"), document.to_string())));
    }

    #[test]
    fn no_url_makes_routing_or_decoding_panic(
        which in 0..91_usize,
        label in "[a-zA-Z0-9$%:._-]{0,30}",
        query in "[a-zA-Z0-9$%&=+._-]{0,60}",
        header in proptest::collection::vec(0x20..0xff_u8, 0..20),
    ) {
        let spec = api::lambda::OPERATIONS[which];
        let path = target(spec, &label);
        let joint = if path.contains('?') { "&" } else { "?" };
        let Ok(uri) = format!("{path}{joint}{query}").parse() else { return Ok(()) };
        let mut parts = parts(method(spec).as_str(), "/");
        parts.uri = uri;
        if let Ok(value) = HeaderValue::from_bytes(&header) {
            parts.headers.insert("x-amz-invocation-type", value.clone());
            parts.headers.insert("x-amz-client-context", value);
        }
        prop_assert!(is_well_formed(&lambda_with(&parts, EMPTY_OBJECT)));
    }
}
