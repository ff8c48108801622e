"""The life of a function: create, read, update, list, delete."""

import base64
import hashlib
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import packages
import pytest
from conftest import ACCOUNT, PYTHON, REGION, ROLE, refused
from lambkin import eventually

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MODIFIED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")


def sha256(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def without_meta(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def varying_parts_checked(config):
    """Takes out what differs each time, after looking at its form."""
    config = without_meta(config)
    assert UUID.fullmatch(config.pop("RevisionId"))
    assert MODIFIED.fullmatch(config.pop("LastModified"))
    if "RuntimeVersionConfig" in config:
        version = config.pop("RuntimeVersionConfig")
        assert re.fullmatch(rf"arn:aws:lambda:{REGION}::runtime:[0-9a-f]{{64}}", version["RuntimeVersionArn"])
        assert set(version) == {"RuntimeVersionArn"}
    return config


def expected(name, package):
    return {
        "FunctionName": name,
        "FunctionArn": ARN + name,
        "Runtime": PYTHON,
        "Role": ROLE,
        "Handler": "guest.handler",
        "CodeSize": len(package),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "CodeSha256": sha256(package),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }


def test_create_answers_exactly_the_documented_fields(lam, functions):
    request = functions.request(MemorySize=None, Timeout=None)
    name, package = request["FunctionName"], request["Code"]["ZipFile"]
    answer = lam.create_function(**request)
    functions.made.append(name)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert "RuntimeVersionConfig" in answer
    assert varying_parts_checked(answer) == {
        **expected(name, package),
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
    }
    functions.settled(name)
    config = lam.get_function_configuration(FunctionName=name)
    assert varying_parts_checked(config) == {
        **expected(name, package),
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
    assert config["RevisionId"] != answer["RevisionId"]


def test_every_option_comes_back(lam, functions):
    options = {
        "Description": "all of them",
        "Timeout": 900,
        "MemorySize": 10240,
        "EphemeralStorage": {"Size": 10240},
        "Environment": {"Variables": {"COLOUR": "blue", "EMPTY_ONE": ""}},
        "TracingConfig": {"Mode": "Active"},
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/my/group"},
    }
    name = functions.create(**options, Tags={"team": "blue"})
    config = lam.get_function_configuration(FunctionName=name)
    options["LoggingConfig"]["SystemLogLevel"] = "INFO"
    assert {key: config[key] for key in options} == options
    assert lam.get_function(FunctionName=name)["Tags"] == {"team": "blue"}


def test_environment_is_absent_unless_given(lam, functions):
    assert "Environment" not in lam.get_function_configuration(FunctionName=functions.create())
    name = functions.create(Environment={"Variables": {}})
    assert lam.get_function_configuration(FunctionName=name)["Environment"] == {"Variables": {}}


def test_the_code_can_be_downloaded(lam, functions):
    package = packages.guest("kitchen.py", "guest.py")
    name = functions.create(Code={"ZipFile": package})
    answer = lam.get_function(FunctionName=name)
    assert set(without_meta(answer)) == {"Configuration", "Code"}
    assert set(answer["Code"]) == {"RepositoryType", "Location"}
    assert answer["Code"]["RepositoryType"] == "S3"
    with urllib.request.urlopen(answer["Code"]["Location"]) as download:
        assert download.read() == package


def test_a_qualifier_changes_the_arn(lam, functions):
    name = functions.create()
    plain = lam.get_function_configuration(FunctionName=name)
    latest = lam.get_function_configuration(FunctionName=name, Qualifier="$LATEST")
    assert plain["FunctionArn"] == ARN + name
    assert latest["FunctionArn"] == f"{ARN}{name}:$LATEST"
    assert {**without_meta(latest), "FunctionArn": plain["FunctionArn"]} == without_meta(plain)


@pytest.mark.parametrize("form", ["{name}", "{account}:function:{name}", "{arn}{name}"])
def test_every_form_of_the_name_is_understood(lam, functions, form):
    name = functions.create()
    spelt = form.format(name=name, account=ACCOUNT, arn=ARN)
    assert lam.get_function_configuration(FunctionName=spelt)["FunctionName"] == name


def test_the_real_waiters_are_content(lam, functions):
    name = lam.create_function(**functions.request())["FunctionName"]
    functions.made.append(name)
    for waiter in ("function_exists", "function_active", "function_active_v2", "function_updated", "function_updated_v2"):
        lam.get_waiter(waiter).wait(FunctionName=name)


def test_new_code_is_used_once_the_update_is_successful(lam, functions):
    name = functions.create()
    before = lam.get_function_configuration(FunctionName=name)
    package = packages.zipped({"guest.py": "def handler(event, context): return 'new'\n"})
    answer = lam.update_function_code(FunctionName=name, ZipFile=package)
    assert answer["State"] == "Active"
    assert answer["LastUpdateStatus"] == "InProgress"
    assert answer["LastUpdateStatusReason"] == "The function is being created."
    assert answer["LastUpdateStatusReasonCode"] == "Creating"
    assert answer["CodeSha256"] == sha256(package)
    after = functions.settled(name)
    assert len({before["RevisionId"], answer["RevisionId"], after["RevisionId"]}) == 3
    assert functions.invoke(name).payload == "new"


def test_a_dry_run_of_an_update_stores_nothing(lam, functions):
    name = functions.create()
    before = without_meta(lam.get_function_configuration(FunctionName=name))
    package = packages.zipped({"guest.py": "def handler(event, context): return 'new'\n"})
    answer = lam.update_function_code(FunctionName=name, ZipFile=package, DryRun=True)
    assert answer["CodeSha256"] == sha256(package)
    assert without_meta(lam.get_function_configuration(FunctionName=name)) == before


def test_what_an_update_does_not_name_stays(lam, functions):
    name = functions.create(Description="old", Environment={"Variables": {"AA": "1", "BB": "2"}})
    lam.update_function_configuration(FunctionName=name, Timeout=7, Environment={"Variables": {"AA": "3"}})
    config = functions.settled(name)
    assert (config["Timeout"], config["Description"], config["MemorySize"]) == (7, "old", 256)
    assert config["Environment"] == {"Variables": {"AA": "3"}}
    lam.update_function_configuration(FunctionName=name, Environment={"Variables": {}})
    assert functions.settled(name)["Environment"] == {"Variables": {}}


def test_logging_levels_come_and_go_with_the_json_format(lam, functions):
    name = functions.create()

    def logging(**config):
        lam.update_function_configuration(FunctionName=name, LoggingConfig=config)
        return functions.settled(name)["LoggingConfig"]

    group = {"LogGroup": f"/aws/lambda/{name}"}
    assert logging(LogFormat="JSON") == {
        "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **group,
    }
    assert logging(LogFormat="Text") == {"LogFormat": "Text", **group}


def test_a_stale_revision_is_refused(lam, functions):
    name = functions.create()
    stale = "00000000-0000-4000-8000-000000000000"
    for call, options in (
        (lam.update_function_configuration, {"Timeout": 5}),
        (lam.update_function_code, {"ZipFile": packages.guest("kitchen.py", "guest.py")}),
        (lam.publish_version, {}),
    ):
        error = refused(call, FunctionName=name, RevisionId=stale, **options)
        assert (error.status, error.code) == (412, "PreconditionFailedException")
        assert error.message == (
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        )
    current = lam.get_function_configuration(FunctionName=name)["RevisionId"]
    lam.update_function_configuration(FunctionName=name, RevisionId=current, Timeout=5)


def test_a_second_update_waits_for_the_first(lam, functions):
    name = functions.create()

    def update(number):
        try:
            lam.update_function_configuration(FunctionName=name, Description=f"update {number}")
        except lam.exceptions.ResourceConflictException as error:
            return error.response
        return None

    def crowd():
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(update, range(64)))
        functions.settled(name)
        assert None in answers, "not even the first update was accepted"
        return [answer for answer in answers if answer]

    conflict = eventually("two updates meet", crowd)[0]
    assert conflict["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert conflict["Error"]["Message"] == (
        f"The operation cannot be performed at this time. An update is in progress for resource: {ARN}{name}"
    )


def test_list_pages_through_all_functions(start):
    from conftest import Functions

    client = start().client("lambda")
    functions = Functions(client)
    package = packages.zipped({"guest.py": "def handler(event, context): return 1\n"})
    names = sorted(functions.create(FunctionName=f"page-{number:02}", Code={"ZipFile": package}) for number in range(53))

    pages = [page["Functions"] for page in client.get_paginator("list_functions").paginate()]
    assert [len(page) for page in pages] == [50, 3]
    assert sorted(item["FunctionName"] for page in pages for item in page) == names
    for item in pages[0][:3]:
        assert item["FunctionArn"] == ARN + item["FunctionName"]
        assert item["Version"] == "$LATEST"
        assert not {"State", "StateReason", "LastUpdateStatus", "RuntimeVersionConfig"} & set(item)

    page = client.list_functions(MaxItems=20)
    seen = [item["FunctionName"] for item in page["Functions"]]
    assert len(seen) == 20
    while "NextMarker" in page:
        page = client.list_functions(MaxItems=20, Marker=page["NextMarker"])
        seen += [item["FunctionName"] for item in page["Functions"]]
    assert sorted(seen) == names
    assert len(client.list_functions(MaxItems=10000)["Functions"]) == 50


def test_delete_removes_everything(lam, functions):
    name = functions.create()
    lam.publish_version(FunctionName=name)
    assert lam.delete_function(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    for call in (lam.get_function, lam.get_function_configuration, lam.delete_function):
        error = refused(call, FunctionName=name)
        assert (error.status, error.code) == (404, "ResourceNotFoundException")
        assert error.message == f"Function not found: {ARN}{name}"
        assert error.answer["Type"] == "User"
    assert refused(lam.get_function, FunctionName=name, Qualifier="1").message == f"Function not found: {ARN}{name}:1"
    eventually("it is gone from the list", lambda: name not in str(lam.list_functions()["Functions"]))


def test_a_name_is_free_again_after_delete(lam, functions):
    name = functions.create()
    lam.delete_function(FunctionName=name)
    package = packages.zipped({"guest.py": "def handler(event, context): return 'second life'\n"})
    functions.create(FunctionName=name, Code={"ZipFile": package})
    assert functions.invoke(name).payload == "second life"


def test_account_settings_count_what_there_is(start):
    from conftest import Functions

    client = start().client("lambda")
    functions = Functions(client)
    before = client.get_account_settings()
    assert before["AccountLimit"] == {
        "TotalCodeSize": 80530636800,
        "CodeSizeUnzipped": 262144000,
        "CodeSizeZipped": 52428800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 1000,
    }
    assert before["AccountUsage"] == {"TotalCodeSize": 0, "FunctionCount": 0}
    package = packages.guest("kitchen.py", "guest.py")
    functions.create(Code={"ZipFile": package})
    assert client.get_account_settings()["AccountUsage"] == {"TotalCodeSize": len(package), "FunctionCount": 1}
