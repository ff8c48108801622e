"""What `sam sync`, `cdk --hotswap` and the Serverless Framework ask of Lambda, call by call."""

import base64
import hashlib
import json

import packages
import pytest
from conftest import ROLE, Functions
from lambkin import eventually


def archive(value):
    return packages.zipped({"guest.py": f"def handler(event, context): return {value!r}\n"})


def digest(code):
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


def in_progress(lam, name):
    return lam.get_function(FunctionName=name)["Configuration"]["LastUpdateStatus"] == "InProgress"


@pytest.fixture
def tool(lam):
    """A function as its tool deployed it, which calls it 1."""
    functions = Functions(lam)
    functions.name = functions.create(Code={"ZipFile": archive(1)})
    yield functions
    functions.delete_all()


def sync(lam, name, code):
    """The code flow of `sam sync`: nothing is sent if the remote digest is that of the local archive."""
    lam.get_waiter("function_updated").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    if lam.get_function(FunctionName=name)["Configuration"]["CodeSha256"] == digest(code):
        return False
    lam.update_function_code(FunctionName=name, ZipFile=code)
    eventually("the update is over", lambda: not in_progress(lam, name))
    return True


def test_sam_sync_sends_code_that_has_changed(lam, tool):
    assert not sync(lam, tool.name, archive(1))
    assert sync(lam, tool.name, archive(2))
    assert tool.invoke(tool.name).payload == 2
    assert not sync(lam, tool.name, archive(2))


def test_sam_sync_moves_the_alias_that_it_publishes_to(lam, tool):
    first = lam.publish_version(FunctionName=tool.name)["Version"]
    lam.create_alias(FunctionName=tool.name, Name="live", FunctionVersion=first)
    sync(lam, tool.name, archive(2))
    version = lam.publish_version(FunctionName=tool.name)["Version"]
    lam.update_alias(FunctionName=tool.name, Name="live", FunctionVersion=version)
    assert tool.invoke(tool.name, Qualifier="live").payload == 2


def test_sam_sync_replaces_a_layer(lam, tool):
    def layer(value):
        return packages.zipped({"python/fleece.py": f"value = {value}\n"})

    code = packages.zipped({"guest.py": "import fleece\ndef handler(event, context): return fleece.value\n"})
    old = lam.publish_layer_version(LayerName="sam-sync", Content={"ZipFile": layer(1)})
    lam.update_function_configuration(FunctionName=tool.name, Layers=[old["LayerVersionArn"]])
    tool.settled(tool.name)
    sync(lam, tool.name, code)
    assert tool.invoke(tool.name).payload == 1

    newest = lam.list_layer_versions(LayerName="sam-sync")["LayerVersions"][0]
    shown = lam.get_layer_version(LayerName="sam-sync", VersionNumber=newest["Version"])
    assert shown["Content"]["CodeSha256"] == digest(layer(1))
    fresh = lam.publish_layer_version(LayerName="sam-sync", Content={"ZipFile": layer(2)})
    lam.delete_layer_version(LayerName="sam-sync", VersionNumber=newest["Version"])
    used = [item["Arn"] for item in lam.get_function(FunctionName=tool.name)["Configuration"]["Layers"]]
    assert used == [old["LayerVersionArn"]]
    lam.update_function_configuration(FunctionName=tool.name, Layers=[fresh["LayerVersionArn"]])
    eventually("the update is over", lambda: not in_progress(lam, tool.name))
    assert tool.invoke(tool.name).payload == 2
    lam.delete_layer_version(LayerName="sam-sync", VersionNumber=fresh["Version"])


def test_sam_remote_invoke_and_sam_logs(lam, logs, tool):
    answer = lam.invoke(FunctionName=tool.name, InvocationType="RequestResponse", LogType="Tail", Payload=b"{}")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert json.loads(answer["Payload"].read()) == 1 and log.startswith(("START ", "INIT_START "))
    group = lam.get_function_configuration(FunctionName=tool.name)["LoggingConfig"]["LogGroup"]
    assert group == f"/aws/lambda/{tool.name}"

    def reported():
        options = {"logGroupName": group, "interleaved": True, "startTime": 0, "filterPattern": "REPORT"}
        return logs.filter_log_events(**options)["events"]

    assert f"REPORT RequestId: {answer['ResponseMetadata']['RequestId']}" in eventually("the report", reported)[0]["message"]


def test_cdk_hotswaps_code_environment_and_description(lam, tool):
    waiter = lam.get_waiter("function_updated_v2")
    lam.update_function_code(FunctionName=tool.name, ZipFile=archive(2))
    waiter.wait(FunctionName=tool.name)
    swapped = {"Description": "swapped", "Environment": {"Variables": {"STAGE": "hot"}}}
    lam.update_function_configuration(FunctionName=tool.name, **swapped)
    waiter.wait(FunctionName=tool.name)
    version = lam.publish_version(FunctionName=tool.name)["Version"]
    lam.create_alias(FunctionName=tool.name, Name="live", FunctionVersion="1")
    lam.update_alias(FunctionName=tool.name, Name="live", FunctionVersion=version)
    shown = lam.get_function(FunctionName=tool.name, Qualifier="live")["Configuration"]
    assert (shown["Description"], shown["Environment"]) == ("swapped", {"Variables": {"STAGE": "hot"}})
    assert tool.invoke(tool.name, Qualifier="live").payload == 2


def test_cdk_watch_reads_the_logs_of_functions(logs, tool):
    tool.invoke(tool.name)
    group = f"/aws/lambda/{tool.name}"
    eventually("there is a group", lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"])
    eventually("there are events", lambda: logs.filter_log_events(logGroupName=group, limit=100)["events"])


def test_serverless_deploys_one_function(lam, tool):
    shown = lam.get_function(FunctionName=tool.name)["Configuration"]
    assert shown["CodeSha256"] == digest(archive(1)) and shown["LastModified"].endswith("+0000")
    lam.update_function_configuration(FunctionName=tool.name, Handler="guest.handler", MemorySize=512, Timeout=6, Role=ROLE)
    eventually("the update is over", lambda: not in_progress(lam, tool.name))
    lam.update_function_code(FunctionName=tool.name, ZipFile=archive(2))
    eventually("the update is over", lambda: not in_progress(lam, tool.name))
    answer = lam.invoke(FunctionName=tool.name, InvocationType="RequestResponse", LogType="Tail", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == 2 and answer["LogResult"]


def test_serverless_logs_look_at_the_newest_streams(logs, tool):
    tool.invoke(tool.name)
    group = f"/aws/lambda/{tool.name}"

    def streams():
        try:
            options = {"orderBy": "LastEventTime", "descending": True, "limit": 50}
            return logs.describe_log_streams(logGroupName=group, **options)["logStreams"]
        except logs.exceptions.ResourceNotFoundException:
            return None

    names = [stream["logStreamName"] for stream in eventually("there is a stream", streams)]

    def events():
        return logs.filter_log_events(logGroupName=group, interleaved=True, logStreamNames=names, startTime=0)["events"]

    assert any(event["message"].startswith("REPORT") for event in eventually("there are events", events))


def test_serverless_prunes_old_versions(lam, tool):
    for value in (2, 3, 4):
        lam.publish_version(FunctionName=tool.name)
        lam.update_function_code(FunctionName=tool.name, ZipFile=archive(value))
        tool.settled(tool.name)
    lam.create_alias(FunctionName=tool.name, Name="live", FunctionVersion="3")
    aliased = {alias["FunctionVersion"] for alias in lam.list_aliases(FunctionName=tool.name)["Aliases"]}
    versions = [item["Version"] for item in lam.list_versions_by_function(FunctionName=tool.name)["Versions"]]
    for version in versions:
        if version != "$LATEST" and version not in aliased:
            lam.delete_function(FunctionName=tool.name, Qualifier=version)
    left = [item["Version"] for item in lam.list_versions_by_function(FunctionName=tool.name)["Versions"]]
    assert left == ["$LATEST", "3"]
