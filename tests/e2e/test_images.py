"""Functions that are container images: kept and shown as on AWS, and plain about it that they cannot run yet."""

import pytest
from botocore.exceptions import WaiterError
from conftest import ACCOUNT, REGION, ROLE, Functions, refused
from lambkin import eventually
from test_cli import CLIS, Cli

TAGGED = "localhost:5000/team/app:1"
DIGEST = "9f6e1789cfcee8cfc1f2443b35a6e5eb33fcd12ccf30405b8c471109b6a0c991"
ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app@sha256:{DIGEST}"
QUICKLY = {"Delay": 1, "MaxAttempts": 20}
SETTINGS = {"EntryPoint": ["/entry"], "Command": ["app.handler", "two words"], "WorkingDirectory": "/srv"}


def image(uri=TAGGED, **fields):
    return {"Runtime": None, "Handler": None, "PackageType": "Image", "Code": {"ImageUri": uri}, **fields}


def settled(client, name, **qualifier):
    def look():
        config = client.get_function_configuration(FunctionName=name, **qualifier)
        return config if config["State"] != "Pending" and config.get("LastUpdateStatus") != "InProgress" else None

    return eventually(f"{name} is settled", look)


@pytest.fixture
def app(lam, functions):
    name = lam.create_function(**functions.request(**image(ImageConfig=SETTINGS)))["FunctionName"]
    functions.made.append(name)
    settled(lam, name)
    return name


def test_an_image_is_stored_and_shown(lam, app):
    answer = lam.get_function(FunctionName=app)
    config = answer["Configuration"]
    assert config["PackageType"] == "Image"
    assert config["CodeSize"] == 0
    assert config["ImageConfigResponse"] == {"ImageConfig": SETTINGS}
    assert config["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
    assert not {"Runtime", "Handler", "Layers", "RuntimeVersionConfig", "CodeSha256"} & set(config)
    assert answer["Code"] == {"RepositoryType": "ECR", "ImageUri": TAGGED}
    listed = [one for one in lam.list_functions()["Functions"] if one["FunctionName"] == app]
    assert [one["PackageType"] for one in listed] == ["Image"]


def test_it_fails_plainly_and_invocations_say_so(lam, functions):
    name = lam.create_function(**functions.request(**image()))["FunctionName"]
    functions.made.append(name)
    with pytest.raises(WaiterError, match="terminal failure state"):
        lam.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=QUICKLY)
    config = lam.get_function_configuration(FunctionName=name)
    assert (config["State"], config["StateReasonCode"]) == ("Failed", "InvalidConfiguration")
    assert config["StateReason"].startswith(f"Lambkin cannot run container images yet; {TAGGED} was not fetched.")
    for options in ({}, {"InvocationType": "Event"}, {"InvocationType": "DryRun"}):
        error = refused(lam.invoke, FunctionName=name, **options)
        assert (error.status, error.code) == (409, "ResourceConflictException")
        assert error.message.endswith("The function is currently in the following state: Failed")


def test_updates_replace_the_image_and_its_settings_and_end_failed(lam, app):
    answer = lam.update_function_code(FunctionName=app, ImageUri=ECR)
    assert (answer["LastUpdateStatus"], answer["CodeSha256"]) == ("InProgress", DIGEST)
    with pytest.raises(WaiterError, match="terminal failure state"):
        lam.get_waiter("function_updated_v2").wait(FunctionName=app, WaiterConfig=QUICKLY)
    answer = lam.get_function(FunctionName=app)
    config = answer["Configuration"]
    assert (config["LastUpdateStatus"], config["LastUpdateStatusReasonCode"]) == ("Failed", "InvalidConfiguration")
    assert config["LastUpdateStatusReason"].startswith("Lambkin cannot run container images yet")
    assert answer["Code"] == {"RepositoryType": "ECR", "ImageUri": ECR, "ResolvedImageUri": ECR}

    answer = lam.update_function_configuration(FunctionName=app, ImageConfig={"Command": ["other"]})
    assert answer["ImageConfigResponse"] == {"ImageConfig": {"Command": ["other"]}}
    settled(lam, app)
    assert "ImageConfigResponse" not in lam.update_function_configuration(FunctionName=app, ImageConfig={})


def test_a_dry_run_changes_nothing(lam, app):
    before = lam.get_function(FunctionName=app)
    answer = lam.update_function_code(FunctionName=app, ImageUri=ECR, DryRun=True)
    assert answer["CodeSha256"] == DIGEST
    assert lam.get_function(FunctionName=app)["Configuration"] == before["Configuration"]


def test_versions_are_published_and_fail_as_well(lam, functions, app):
    published = lam.publish_version(FunctionName=app)
    assert (published["Version"], published["State"]) == ("1", "Pending")
    assert settled(lam, app, Qualifier="1")["State"] == "Failed"
    assert lam.get_function(FunctionName=app, Qualifier="1")["Code"]["ImageUri"] == TAGGED
    assert refused(lam.invoke, FunctionName=app, Qualifier="1").status == 409

    request = functions.request(**image(Publish=True))
    functions.made.append(request["FunctionName"])
    assert lam.create_function(**request)["Version"] == "1"
    assert settled(lam, request["FunctionName"], Qualifier="1")["State"] == "Failed"


ZIP_SETTINGS = "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."


@pytest.mark.parametrize(
    "fields, message",
    [
        (image("app:latest"), "Source image app:latest is not valid. Provide a valid source image."),
        (image(f"{TAGGED}@sha256:{DIGEST}"), f"Source image {TAGGED}@sha256:{DIGEST} is not valid. Provide a valid source image."),
        (image(Handler="h"), ZIP_SETTINGS),
        (image(SnapStart={"ApplyOn": "PublishedVersions"}), "ContainerImage is not supported for SnapStart enabled functions."),
        (
            image(CodeSigningConfigArn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0"),
            "Code signing is not supported for functions created with container images.",
        ),
        (
            {"ImageConfig": {"Command": ["c"]}},
            "Please don't provide ImageConfig when the intended function PackageType is Zip.",
        ),
        (
            image(ImageConfig={"EntryPoint": ["x" * 8192] * 2}),
            "ImageConfig must be smaller than 16384 bytes as JSON",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(lam, functions, fields, message):
    error = refused(lam.create_function, **functions.request(**fields))
    assert (error.status, error.code, error.message) == (400, "InvalidParameterValueException", message)


def test_an_image_never_becomes_an_archive(lam, functions, app):
    code = functions.request()["Code"]
    error = refused(lam.update_function_code, FunctionName=app, **code)
    assert error.message == "Please provide ImageUri when updating a function with packageType Image."
    error = refused(lam.update_function_configuration, FunctionName=app, Runtime="provided.al2023")
    assert error.message == ZIP_SETTINGS
    error = refused(lam.update_function_code, FunctionName=functions.create(), ImageUri=TAGGED)
    assert error.message == "Please don't provide ImageUri when updating a function with packageType Zip."


def test_it_has_neither_signatures_nor_a_managed_runtime(lam, app):
    profile = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/images/abcdefghij"
    publishers = {"SigningProfileVersionArns": [profile]}
    arn = lam.create_code_signing_config(AllowedPublishers=publishers)["CodeSigningConfig"]["CodeSigningConfigArn"]
    message = "Code signing is not supported for functions created with container images."
    error = refused(lam.put_function_code_signing_config, FunctionName=app, CodeSigningConfigArn=arn)
    assert (error.code, error.message) == ("InvalidParameterValueException", message)
    assert refused(lam.get_function_code_signing_config, FunctionName=app).message == message
    lam.delete_code_signing_config(CodeSigningConfigArn=arn)
    for call, more in (
        (lam.get_runtime_management_config, {}),
        (lam.put_runtime_management_config, {"UpdateRuntimeOn": "Auto"}),
    ):
        assert refused(call, FunctionName=app, **more).code == "InvalidParameterValueException"


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_images_are_there_after_a_restart(start, end):
    server = start()
    functions = Functions(server.client("lambda"))
    name = functions.client.create_function(**functions.request(**image(ECR, ImageConfig=SETTINGS)))["FunctionName"]
    # The moment that a crash comes may be before it has failed.
    getattr(server, end)()
    server.start()
    client = server.client("lambda")
    assert settled(client, name)["State"] == "Failed"
    config = client.get_function(FunctionName=name)["Configuration"]
    assert (config["CodeSha256"], config["ImageConfigResponse"]) == (DIGEST, {"ImageConfig": SETTINGS})


@pytest.mark.parametrize("version", CLIS)
def test_the_command_line_creates_one_and_waits(server, functions, tmp_path, version):
    aws = Cli(CLIS[version](), server, tmp_path)
    name = functions.request()["FunctionName"]
    functions.made.append(name)
    named = ("--function-name", name)
    create = ("--package-type", "Image", "--code", f"ImageUri={TAGGED}", "--role", ROLE)
    assert aws("lambda", "create-function", *named, *create)["PackageType"] == "Image"
    status = 255
    assert "terminal failure state" in aws("lambda", "wait", "function-active-v2", *named, status=status)
    aws("lambda", "update-function-code", *named, "--image-uri", ECR)
    assert "terminal failure state" in aws("lambda", "wait", "function-updated-v2", *named, status=status)
    assert aws("lambda", "get-function", *named)["Code"]["ResolvedImageUri"] == ECR
