//! Answers, byte for byte.

use std::collections::BTreeMap;

use api::Operation;
use api::lambda::errors::{resource_not_found, service, throttled};
use api::lambda::{
    CreateFunction, DeleteFunction, DeleteFunctionResponse, EnvironmentResponse, EphemeralStorage,
    EventSourceMappingConfiguration, FunctionConfiguration, GetEventSourceMapping,
    InvocationResponse, Invoke, InvokeWithResponseStream, InvokeWithResponseStreamResponse,
    LoggingConfig, SnapStartResponse, TracingConfigResponse,
};
use api::logs::{DescribeLogGroups, DescribeLogGroupsResponse, LogGroup};
use api::sts::{
    Credentials, GetCallerIdentity, GetCallerIdentityResponse, GetSessionToken,
    GetSessionTokenResponse,
};
use bytes::Bytes;
use wire::{Body, Protocol, Timestamp};

use crate::client::{call, lambda_with, parts, text};

#[test]
fn a_created_function_is_rendered_as_aws_renders_it() {
    let output = FunctionConfiguration {
        function_name: Some("f".into()),
        function_arn: Some("arn:aws:lambda:us-east-1:000000000000:function:f".into()),
        runtime: Some("python3.12".into()),
        role: Some("arn:aws:iam::000000000000:role/r".into()),
        handler: Some("handler.handler".into()),
        code_size: Some(276),
        description: Some(String::new()),
        timeout: Some(3),
        memory_size: Some(128),
        last_modified: Some("2025-11-25T02:26:54.000+0000".into()),
        code_sha256: Some("c2hh".into()),
        version: Some("$LATEST".into()),
        environment: Some(EnvironmentResponse { variables: Some(BTreeMap::new()), error: None }),
        tracing_config: Some(TracingConfigResponse { mode: Some("PassThrough".into()) }),
        revision_id: Some("a".into()),
        state: Some("Pending".into()),
        state_reason: Some("The function is being created.".into()),
        state_reason_code: Some("Creating".into()),
        package_type: Some("Zip".into()),
        architectures: Some(vec!["x86_64".into()]),
        ephemeral_storage: Some(EphemeralStorage { size: 512 }),
        snap_start: Some(SnapStartResponse {
            apply_on: Some("None".into()),
            optimization_status: Some("Off".into()),
        }),
        logging_config: Some(LoggingConfig {
            log_format: Some("Text".into()),
            log_group: Some("/aws/lambda/f".into()),
            ..LoggingConfig::default()
        }),
        ..FunctionConfiguration::default()
    };
    let answer = CreateFunction::encode(output).unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let expected = concat!(
        r#"{"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","Runtime":"python3.12","#,
        r#""Role":"arn:aws:iam::000000000000:role/r","Handler":"handler.handler","CodeSize":276,"Description":"","Timeout":3,"#,
        r#""MemorySize":128,"LastModified":"2025-11-25T02:26:54.000+0000","CodeSha256":"c2hh","Version":"$LATEST","#,
        r#""Environment":{"Variables":{}},"TracingConfig":{"Mode":"PassThrough"},"RevisionId":"a","State":"Pending","#,
        r#""StateReason":"The function is being created.","StateReasonCode":"Creating","PackageType":"Zip","#,
        r#""Architectures":["x86_64"],"EphemeralStorage":{"Size":512},"SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"#,
        r#""LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"}}"#,
    );
    assert_eq!(text(&answer), expected);
}

#[test]
fn an_invocation_answers_in_headers_and_a_raw_body() {
    let output = InvocationResponse {
        status_code: Some(200),
        function_error: Some("Unhandled".into()),
        executed_version: Some("$LATEST".into()),
        payload: Bytes::from_static(b"null"),
        ..InvocationResponse::default()
    };
    let answer = Invoke::encode(output).unwrap();
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "null"));
    assert_eq!(answer.headers()["x-amz-function-error"], "Unhandled");
    assert_eq!(answer.headers()["x-amz-executed-version"], "$LATEST");
    assert!(!answer.headers().contains_key("x-amz-log-result"));

    let accepted = InvocationResponse { status_code: Some(202), ..InvocationResponse::default() };
    let answer = Invoke::encode(accepted).unwrap();
    assert_eq!((answer.status().as_u16(), text(&answer)), (202, ""));
}

#[test]
fn a_streamed_answer_keeps_its_content_type() {
    let output = InvokeWithResponseStreamResponse {
        response_stream_content_type: Some("application/vnd.amazon.eventstream".into()),
        event_stream: Body::from(Bytes::from_static(b"frames")),
        ..InvokeWithResponseStreamResponse::default()
    };
    let answer = InvokeWithResponseStream::encode(output).unwrap();
    assert_eq!(answer.headers()["content-type"], "application/vnd.amazon.eventstream");
    assert_eq!(text(&answer), "frames");
}

#[test]
fn a_deleted_function_leaves_nothing() {
    let answer = DeleteFunction::encode(DeleteFunctionResponse::default()).unwrap();
    assert_eq!((answer.status().as_u16(), text(&answer)), (204, ""));
    assert!(!answer.headers().contains_key("content-type"));
}

#[test]
fn moments_are_numbers_where_the_model_says_so() {
    let output = EventSourceMappingConfiguration {
        uuid: Some("u".into()),
        last_modified: Some(Timestamp::from_epoch_ms(1_764_037_614_500)),
        ..EventSourceMappingConfiguration::default()
    };
    let answer = GetEventSourceMapping::encode(output).unwrap();
    assert_eq!(text(&answer), r#"{"UUID":"u","LastModified":1764037614.5}"#);
}

#[test]
fn errors_say_whose_fault_they_are_and_spell_message_as_the_model_does() {
    let id = call().request_id;
    for (error, status, expected) in [
        (
            resource_not_found("Function not found: f"),
            404,
            r#"{"Type":"User","Message":"Function not found: f"}"#,
        ),
        (service("broken"), 500, r#"{"Type":"Service","Message":"broken"}"#),
        (
            throttled("ConcurrentInvocationLimitExceeded", Some(1)),
            429,
            r#"{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#,
        ),
    ] {
        let answer = error.render(Protocol::RestJson, &id);
        assert_eq!((answer.status().as_u16(), text(&answer)), (status, expected));
    }
}

#[test]
fn every_answer_carries_its_request_id() {
    let answer = lambda_with(&parts("GET", "/2015-03-31/functions"), "");
    assert_eq!(answer.headers()["x-amzn-requestid"], "abababab-abab-4bab-abab-abababababab");
}

#[test]
fn logs_speak_json_with_numbers_for_times() {
    let group = LogGroup {
        log_group_name: Some("/aws/lambda/f".into()),
        creation_time: Some(5),
        ..LogGroup::default()
    };
    let output = DescribeLogGroupsResponse { log_groups: Some(vec![group]), next_token: None };
    let answer = DescribeLogGroups::encode(output).unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-amz-json-1.1");
    assert_eq!(
        text(&answer),
        r#"{"logGroups":[{"logGroupName":"/aws/lambda/f","creationTime":5}]}"#
    );
}

#[test]
fn sts_speaks_xml() {
    let account = || Some("000000000000".to_owned());
    let arn = Some("arn:aws:iam::000000000000:root".to_owned());
    let output = GetCallerIdentityResponse { user_id: account(), account: account(), arn };
    let answer = GetCallerIdentity::encode(output).unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/xml");
    let expected = concat!(
        r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>"#,
        "<Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn><UserId>000000000000</UserId>",
        "</GetCallerIdentityResult></GetCallerIdentityResponse>\n",
    );
    assert_eq!(text(&answer), expected);
}

#[test]
fn dates_in_xml_are_written_as_dates() {
    let credentials = Credentials {
        access_key_id: "ASIAEXAMPLE".into(),
        expiration: Timestamp::from_epoch_ms(1_764_037_614_999),
        ..Credentials::default()
    };
    let output = GetSessionTokenResponse {
        credentials: Some(credentials),
        ..GetSessionTokenResponse::default()
    };
    let answer = GetSessionToken::encode(output).unwrap();
    assert!(text(&answer).contains("<Expiration>2025-11-25T02:26:54Z</Expiration>"));
}
