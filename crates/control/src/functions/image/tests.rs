use api::{
    Handle,
    lambda::{
        CreateFunctionRequest, FunctionCode, FunctionConfiguration, GetFunctionCodeSigningConfig,
        GetFunctionCodeSigningConfigRequest, GetFunctionRequest, GetRuntimeManagementConfig,
        GetRuntimeManagementConfigRequest, ImageConfig as WireConfig, PublishVersion,
        PublishVersionRequest, PutRuntimeManagementConfig, PutRuntimeManagementConfigRequest,
        SnapStart, UpdateFunctionCode, UpdateFunctionCodeRequest, UpdateFunctionConfiguration,
        UpdateFunctionConfigurationRequest,
    },
};
use model::{
    Limits,
    function::{FunctionState, LastUpdate},
};
use serde_json::json;

use super::*;
use crate::fixture::{Fixture, call, package, request};

const TAGGED: &str = "localhost:5000/app:1";
const DIGEST: &str = "9f6e1789cfcee8cfc1f2443b35a6e5eb33fcd12ccf30405b8c471109b6a0c991";
const ZIP_SETTINGS: &str = "Please don't provide Handler or Runtime or Layer when the intended function PackageType \
                            is Image.";

type Change = fn(&mut CreateFunctionRequest);

fn image(uri: &str) -> CreateFunctionRequest {
    CreateFunctionRequest {
        package_type: Some("Image".into()),
        runtime: None,
        handler: None,
        code: FunctionCode { image_uri: Some(uri.into()), ..FunctionCode::default() },
        ..request("f")
    }
}

fn command(words: &[&str]) -> WireConfig {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    WireConfig { command: Some(words), ..WireConfig::default() }
}

fn of_function() -> UpdateFunctionConfigurationRequest {
    UpdateFunctionConfigurationRequest { function_name: "f".into(), ..Default::default() }
}

fn code() -> UpdateFunctionCodeRequest {
    UpdateFunctionCodeRequest { function_name: "f".into(), ..Default::default() }
}

async fn configure(
    fixture: &Fixture,
    input: UpdateFunctionConfigurationRequest,
) -> Result<FunctionConfiguration, String> {
    let answer =
        Handle::<UpdateFunctionConfiguration>::handle(&fixture.control, &call(), input).await;
    fixture.settle().await;
    answer.map_err(|error| error.message().unwrap_or_default().to_owned())
}

async fn deploy(
    fixture: &Fixture,
    input: UpdateFunctionCodeRequest,
) -> Result<FunctionConfiguration, String> {
    let answer = Handle::<UpdateFunctionCode>::handle(&fixture.control, &call(), input).await;
    fixture.settle().await;
    answer.map_err(|error| error.message().unwrap_or_default().to_owned())
}

async fn created(uri: &str) -> Fixture {
    let fixture = Fixture::new().await;
    fixture.create_with(image(uri)).await.unwrap();
    fixture.settle().await;
    fixture
}

#[tokio::test]
async fn an_image_is_shown_as_aws_shows_it() {
    let fixture = Fixture::new().await;
    let uri = format!("localhost:5000/app@sha256:{DIGEST}");
    let input = CreateFunctionRequest { image_config: Some(command(&["run"])), ..image(&uri) };
    let answer = fixture.create_with(input).await.unwrap();
    let expected = json!({
        "FunctionName": "f",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "Role": "arn:aws:iam::000000000000:role/r",
        "CodeSize": 0,
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2025-11-25T02:26:54.123+0000",
        "CodeSha256": DIGEST,
        "Version": "$LATEST",
        "TracingConfig": { "Mode": "PassThrough" },
        "RevisionId": "00000000-0000-0000-0000-000000000001",
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "PackageType": "Image",
        "Architectures": [model::function::Architecture::native().as_str()],
        "EphemeralStorage": { "Size": 512 },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "ImageConfigResponse": { "ImageConfig": { "Command": ["run"] } },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f" },
    });
    assert_eq!(serde_json::to_value(answer).unwrap(), expected);
}

#[tokio::test]
async fn nobody_has_looked_what_a_tag_stands_for() {
    for (uri, resolved) in
        [(TAGGED.to_owned(), None), (format!("localhost:5000/app@sha256:{DIGEST}"), Some(DIGEST))]
    {
        let fixture = created(&uri).await;
        let input = GetFunctionRequest { function_name: "f".into(), qualifier: None };
        let answer =
            Handle::<api::lambda::GetFunction>::handle(&fixture.control, &call(), input).await;
        let answer = answer.unwrap();
        assert_eq!(answer.configuration.unwrap().code_sha256.as_deref(), resolved);
        let code = answer.code.unwrap();
        assert_eq!(code.repository_type.as_deref(), Some("ECR"));
        assert_eq!(code.image_uri.as_ref(), Some(&uri));
        assert_eq!(code.resolved_image_uri, resolved.map(|_| uri));
        assert_eq!(code.location, None);
    }
}

#[tokio::test]
async fn it_fails_and_so_do_its_updates_and_versions_and_each_says_why() {
    let fixture = created(TAGGED).await;
    let reason = |uri: &str| {
        let reason = format!(
            "Lambkin cannot run container images yet; {uri} was not fetched. Create a function with \
             PackageType Zip instead, and deploy the code as a .zip file archive."
        );
        Trouble { code: "InvalidConfiguration".into(), reason }
    };
    let readiness = fixture.function("f").unwrap().latest.readiness;
    assert_eq!(readiness.state, FunctionState::Failed(reason(TAGGED)));
    assert_eq!(readiness.last_update, LastUpdate::Never);

    let other = "localhost:5000/app:2";
    let input = UpdateFunctionCodeRequest { image_uri: Some(other.into()), ..code() };
    let answer = deploy(&fixture, input).await.unwrap();
    assert_eq!(answer.last_update_status.as_deref(), Some("InProgress"));
    let readiness = fixture.function("f").unwrap().latest.readiness;
    assert_eq!(readiness.state, FunctionState::Failed(reason(TAGGED)));
    assert_eq!(readiness.last_update, LastUpdate::Failed(reason(other)));

    let input = PublishVersionRequest { function_name: "f".into(), ..Default::default() };
    let answer = Handle::<PublishVersion>::handle(&fixture.control, &call(), input).await;
    assert_eq!(answer.unwrap().state.as_deref(), Some("Pending"));
    fixture.settle().await;
    let function = fixture.function("f").unwrap();
    let version = fixture.control.parts.functions.last_published(&function).unwrap();
    assert_eq!(version.0.readiness.state, FunctionState::Failed(reason(other)));
}

#[tokio::test]
async fn a_dry_run_shows_the_image_and_keeps_the_old_one() {
    let fixture = created(TAGGED).await;
    let uri = format!("localhost:5000/app@sha256:{DIGEST}");
    let before = fixture.function("f").unwrap();
    let input = UpdateFunctionCodeRequest { image_uri: Some(uri), dry_run: Some(true), ..code() };
    let answer = deploy(&fixture, input).await.unwrap();
    assert_eq!(answer.code_sha256.as_deref(), Some(DIGEST));
    assert_eq!(fixture.function("f").unwrap(), before);
}

#[tokio::test]
async fn its_settings_are_replaced_as_a_whole_and_an_empty_set_clears_them() {
    let fixture = created(TAGGED).await;
    let both = WireConfig { working_directory: Some("/srv".into()), ..command(&["one"]) };
    for (sent, shown) in [
        (Some(both), Some(json!({ "Command": ["one"], "WorkingDirectory": "/srv" }))),
        (None, Some(json!({ "Command": ["one"], "WorkingDirectory": "/srv" }))),
        (Some(command(&["two"])), Some(json!({ "Command": ["two"] }))),
        (Some(WireConfig::default()), None),
    ] {
        let input = UpdateFunctionConfigurationRequest { image_config: sent, ..of_function() };
        let answer = configure(&fixture, input).await.unwrap();
        let config = answer.image_config_response.map(|response| response.image_config);
        assert_eq!(config.map(|config| serde_json::to_value(config).unwrap()), shown);
    }
}

#[tokio::test]
async fn what_does_not_go_with_an_image_is_refused() {
    let limits = Limits { image_config_bytes: 20, ..Limits::default() };
    let fixture = Fixture::with_limits(limits).await;
    let signing = "Code signing is not supported for functions created with container images.";
    let cases: [(Change, &str); 10] = [
        (|input| input.handler = Some("h".into()), ZIP_SETTINGS),
        (|input| input.runtime = Some("python3.12".into()), ZIP_SETTINGS),
        (|input| input.layers = Some(vec!["l".into()]), ZIP_SETTINGS),
        (
            |input| input.code.zip_file = Some(package("f")),
            "Please provide ImageUri when creating a function with packageType Image.",
        ),
        (|input| input.code.image_uri = None, "Please provide a source for function code."),
        (
            |input| input.code.image_uri = Some("app:1".into()),
            "Source image app:1 is not valid. Provide a valid source image.",
        ),
        (
            |input| {
                input.code.image_uri =
                    Some("000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1".into());
            },
            "Source image 000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1 is not valid. Provide \
             a valid source image.",
        ),
        (
            |input| {
                input.snap_start = Some(SnapStart { apply_on: Some("PublishedVersions".into()) });
            },
            "ContainerImage is not supported for SnapStart enabled functions.",
        ),
        (|input| input.code_signing_config_arn = Some("arn".into()), signing),
        (
            |input| input.image_config = Some(command(&["longer than 20"])),
            "ImageConfig must be smaller than 20 bytes as JSON",
        ),
    ];
    for (change, expected) in cases {
        let mut input = image(TAGGED);
        change(&mut input);
        let error = fixture.create_with(input).await.unwrap_err();
        assert_eq!(error.code(), "InvalidParameterValueException");
        assert_eq!(error.message(), Some(expected));
    }
    assert!(fixture.function("f").is_none());
}

#[tokio::test]
async fn a_function_keeps_its_kind() {
    let fixture = created(TAGGED).await;
    let runtime = UpdateFunctionConfigurationRequest {
        runtime: Some("provided.al2023".into()),
        ..of_function()
    };
    assert_eq!(configure(&fixture, runtime).await.unwrap_err(), ZIP_SETTINGS);
    let zip = UpdateFunctionCodeRequest { zip_file: Some(package("f")), ..code() };
    let expected = "Please provide ImageUri when updating a function with packageType Image.";
    assert_eq!(deploy(&fixture, zip).await.unwrap_err(), expected);

    let fixture = Fixture::new().await;
    fixture.create_active("f").await;
    let config =
        UpdateFunctionConfigurationRequest { image_config: Some(command(&["c"])), ..of_function() };
    let expected =
        "Please don't provide ImageConfig when the intended function PackageType is Zip.";
    assert_eq!(configure(&fixture, config).await.unwrap_err(), expected);
    let nothing = UpdateFunctionConfigurationRequest {
        image_config: Some(WireConfig::default()),
        ..of_function()
    };
    configure(&fixture, nothing).await.unwrap();
}

#[tokio::test]
async fn it_has_neither_signatures_nor_a_runtime_to_manage() {
    let fixture = created(TAGGED).await;
    let control = &fixture.control;
    let input = GetFunctionCodeSigningConfigRequest { function_name: "f".into() };
    let signing = Handle::<GetFunctionCodeSigningConfig>::handle(control, &call(), input).await;
    let expected = "Code signing is not supported for functions created with container images.";
    assert_eq!(signing.unwrap_err().message(), Some(expected));
    let expected =
        "Runtime management is not supported for functions created with container images.";
    let input =
        GetRuntimeManagementConfigRequest { function_name: "f".into(), ..Default::default() };
    let got = Handle::<GetRuntimeManagementConfig>::handle(control, &call(), input).await;
    assert_eq!(got.unwrap_err().message(), Some(expected));
    let input = PutRuntimeManagementConfigRequest {
        function_name: "f".into(),
        update_runtime_on: "Auto".into(),
        ..Default::default()
    };
    let put = Handle::<PutRuntimeManagementConfig>::handle(control, &call(), input).await;
    assert_eq!(put.unwrap_err().message(), Some(expected));
}
