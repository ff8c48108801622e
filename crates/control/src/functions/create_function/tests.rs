use api::lambda::{Environment, EphemeralStorage, LoggingConfig, TracingConfig};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use model::Limits;
use sandbox::Catalogue;
use serde_json::json;

use super::*;
use crate::fixture::{Fixture, call, request, zip};

type Change = fn(&mut CreateFunctionRequest);

async fn refused(fixture: &Fixture, change: Change) -> (String, u16, String) {
    let mut input = request("f");
    change(&mut input);
    let error = fixture.create_with(input).await.unwrap_err();
    let message = error.message().unwrap_or_default().to_owned();
    (error.code().to_owned(), error.status().as_u16(), message)
}

#[tokio::test]
async fn the_answer_has_exactly_the_members_that_aws_sends() {
    let fixture = Fixture::new().await;
    let archive = crate::fixture::package("f");
    let answer = fixture.create_with(request("f")).await.unwrap();
    let runtime = model::runtime::find("provided.al2023").unwrap();
    let version = Catalogue::new("/nowhere".into()).find(runtime).unwrap().version_arn("us-east-1");
    let function = fixture.function("f").unwrap();
    let expected = json!({
        "FunctionName": "f",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "Runtime": "provided.al2023",
        "Role": "arn:aws:iam::000000000000:role/r",
        "Handler": "h",
        "CodeSize": archive.len(),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2025-11-25T02:26:54.123+0000",
        "CodeSha256": crate::functions::code_sha256(&function.latest.settings),
        "Version": "$LATEST",
        "TracingConfig": { "Mode": "PassThrough" },
        "RevisionId": "00000000-0000-0000-0000-000000000001",
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "PackageType": "Zip",
        "Architectures": [model::function::Architecture::native().as_str()],
        "EphemeralStorage": { "Size": 512 },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "RuntimeVersionConfig": { "RuntimeVersionArn": version },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f" },
    });
    assert_eq!(serde_json::to_value(answer).unwrap(), expected);
}

#[tokio::test]
async fn the_digest_is_that_of_the_archive_in_base64() {
    let fixture = Fixture::new().await;
    let mut input = request("f");
    input.code.zip_file = Some(zip("bootstrap", "x"));
    let digest = store::Digest::of(input.code.zip_file.as_ref().unwrap());
    let answer = fixture.create_with(input).await.unwrap();
    let spelled = STANDARD.encode(digest.as_bytes());
    assert_eq!(answer.code_sha256, Some(spelled));
}

#[tokio::test]
async fn what_was_chosen_is_kept_and_shown() {
    let fixture = Fixture::new().await;
    let mut input = request("f");
    input.timeout = Some(900);
    input.memory_size = Some(1024);
    input.ephemeral_storage = Some(EphemeralStorage { size: 1000 });
    input.environment = Some(Environment { variables: Some([("KEY".into(), "v".into())].into()) });
    input.tracing_config = Some(TracingConfig { mode: Some("Active".into()) });
    let log_format = Some("JSON".to_owned());
    input.logging_config = Some(LoggingConfig { log_format, ..LoggingConfig::default() });
    let answer = fixture.create_with(input).await.unwrap();
    assert_eq!((answer.timeout, answer.memory_size), (Some(900), Some(1024)));
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["EphemeralStorage"], json!({ "Size": 1000 }));
    assert_eq!(answer["Environment"], json!({ "Variables": { "KEY": "v" } }));
    assert_eq!(answer["TracingConfig"], json!({ "Mode": "Active" }));
    let logging = json!({
        "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
        "LogGroup": "/aws/lambda/f",
    });
    assert_eq!(answer["LoggingConfig"], logging);
}

#[tokio::test]
async fn an_empty_environment_is_shown_as_empty() {
    let fixture = Fixture::new().await;
    let mut input = request("f");
    input.environment = Some(Environment { variables: Some(BTreeMap::new()) });
    let answer = serde_json::to_value(fixture.create_with(input).await.unwrap()).unwrap();
    assert_eq!(answer["Environment"], json!({ "Variables": {} }));
}

#[tokio::test]
async fn publishing_at_once_answers_version_1_under_the_unqualified_arn() {
    let fixture = Fixture::new().await;
    let input = CreateFunctionRequest { publish: Some(true), ..request("f") };
    let answer = fixture.create_with(input).await.unwrap();
    assert_eq!(answer.version.as_deref(), Some("1"));
    assert!(answer.function_arn.unwrap().ends_with(":function:f"));
    assert_eq!(answer.state.as_deref(), Some("Pending"));
    assert_eq!(fixture.function("f").unwrap().last_number, 1);
}

#[tokio::test]
async fn a_name_is_given_once_and_in_any_spelling() {
    let fixture = Fixture::new().await;
    fixture.create("f").await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    for name in ["f", "000000000000:function:f", arn] {
        let error = fixture.create_with(request(name)).await.unwrap_err();
        assert_eq!(error.code(), "ResourceConflictException");
        assert_eq!(error.message(), Some("Function already exist: f"));
    }
}

#[tokio::test]
async fn bad_requests_are_refused_in_awss_words_and_leave_nothing() {
    let fixture = Fixture::new().await;
    let mandatory = "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
    let unzip = "Could not unzip uploaded file. Please check your file, then try to upload again.";
    let cases: [(Change, &str); 12] = [
        (|input| input.runtime = None, mandatory),
        (|input| input.handler = None, mandatory),
        (
            |input| input.runtime = Some("cobol".into()),
            "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs26.x, ",
        ),
        (
            |input| input.runtime = Some("python3.7".into()),
            "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
        ),
        (
            |input| input.runtime = Some("go1.x".into()),
            "The runtime parameter of go1.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (provided.al2023) while creating or updating functions.",
        ),
        (
            |input| input.runtime = Some("python3.12".into()),
            "this machine has no python3.12; add it with `lambkin runtimes add python3.12`",
        ),
        (|input| input.code.zip_file = None, "Please provide a source for function code."),
        (|input| input.code.zip_file = Some(Bytes::from_static(b"no zip")), unzip),
        (|input| input.code.zip_file = Some(zip("../evil", "x")), unzip),
        (|input| input.code.zip_file = Some(Bytes::new()), "Uploaded file must be a non-empty zip"),
        (
            |input| {
                let reserved = [("AWS_REGION".to_owned(), "x".to_owned())].into();
                input.environment = Some(Environment { variables: Some(reserved) });
            },
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION",
        ),
        (
            |input| {
                let tags = (0..51).map(|n| (n.to_string(), String::new())).collect();
                input.tags = Some(tags);
            },
            "Number of tags exceeds resource tag limit.",
        ),
    ];
    for (change, expected) in cases {
        let (code, status, message) = refused(&fixture, change).await;
        assert_eq!((code.as_str(), status), ("InvalidParameterValueException", 400), "{message}");
        assert!(message.starts_with(expected), "{message}");
    }
    assert!(fixture.function("f").is_none());
    assert!(fixture.control.parts.code.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn variables_have_a_limit_and_the_text_shows_what_was_measured() {
    let fixture = Fixture::new().await;
    let (_, _, message) = refused(&fixture, |input| {
        let variables = [("KEY".to_owned(), "x".repeat(4096))].into();
        input.environment = Some(Environment { variables: Some(variables) });
    })
    .await;
    let start = "Lambda was unable to configure your environment variables because the environment \
                 variables you have provided exceeded the 4KB limit. String measured: {\"KEY\":\"xx";
    assert!(message.starts_with(start), "{message}");
}

#[tokio::test]
async fn another_instruction_set_is_refused() {
    let fixture = Fixture::new().await;
    let mut input = request("f");
    let native = model::function::Architecture::native().as_str();
    let other = if native == "arm64" { "x86_64" } else { "arm64" };
    input.architectures = Some(vec![other.to_owned()]);
    let error = fixture.create_with(input.clone()).await.unwrap_err();
    let expected = format!(
        "This machine runs {native} functions only; {other} is not offered by Lambkin here"
    );
    assert_eq!(error.message(), Some(expected.as_str()));
    input.architectures = Some(vec![native.to_owned()]);
    fixture.create_with(input).await.unwrap();
}

#[tokio::test]
async fn packages_have_limits() {
    let size = crate::fixture::package("f").len() as u64;
    let zipped = Limits { code_size_zipped_bytes: size - 1, ..Limits::default() };
    let unzipped = Limits { code_size_unzipped_bytes: 0, ..Limits::default() };
    let total = Limits { total_code_size_bytes: size - 1, ..Limits::default() };
    let zipped_text = format!("Zipped size must be smaller than {} bytes", size - 1);
    let cases = [
        (zipped, "RequestEntityTooLargeException", 413, zipped_text.as_str()),
        (
            unzipped,
            "InvalidParameterValueException",
            400,
            "Unzipped size must be smaller than 0 bytes",
        ),
        (total, "CodeStorageExceededException", 400, "Code storage limit exceeded."),
    ];
    for (limits, code, status, text) in cases {
        let fixture = Fixture::with_limits(limits).await;
        let expected = (code.to_owned(), status, text.to_owned());
        assert_eq!(refused(&fixture, |_| {}).await, expected);
    }
}

#[tokio::test]
async fn a_call_for_another_region_creates_there() {
    let fixture = Fixture::new().await;
    let call = Call { region: "eu-west-1".into(), ..call() };
    let answer = fixture.control.create_function(&call, request("f")).await.unwrap();
    assert!(answer.function_arn.unwrap().contains(":eu-west-1:"));
    assert!(fixture.function("f").is_none());
}
