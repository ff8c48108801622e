"""Functions in a VPC that nobody invokes for long: inactive, woken by whoever wants them, and nothing lost meanwhile."""

import base64
import json
import threading

import packages
import pytest
from conftest import Functions, refused
from lambkin import Lambkin, eventually
from test_cli import CLIS, Cli
from test_function_urls import PUBLIC, visit, web
from test_logs import events

# Long enough for a slow machine to invoke what has just become active.
IDLE_SECONDS = 3
CONFIG = {
    "limits": {"inactive-after": f"{IDLE_SECONDS}s", "event-backoff": "200ms"},
    "engine": {"settle-grace": "5s", "event-poll": "100ms", "event-lease": "1s"},
}
VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
QUICKLY = {"Delay": 1, "MaxAttempts": 20}
PENDING = "The operation cannot be performed at this time. The function is currently in the following state: Pending"


@pytest.fixture(scope="module")
def idle_server(tmp_path_factory):
    server = Lambkin(tmp_path_factory.mktemp("inactive"), CONFIG).start()
    yield server
    assert server.stop() == 0, server.tail()


@pytest.fixture
def functions(idle_server):
    functions = Functions(idle_server.client("lambda"))
    yield functions
    functions.delete_all()


def config(functions, name, **qualifier):
    return functions.client.get_function_configuration(FunctionName=name, **qualifier)


def inactive(functions, name, **qualifier):
    """Waits until it is inactive, and returns its configuration."""

    def look():
        found = config(functions, name, **qualifier)
        return found if found["State"] == "Inactive" else None

    return eventually(f"{name} is inactive", look)


def wake(functions, name, call=None, **qualifier):
    """Invokes an inactive function, which is refused, and waits until it is active."""
    error = refused(call or functions.client.invoke, FunctionName=name, **qualifier)
    assert (error.status, error.code, error.message) == (409, "ResourceConflictException", PENDING)
    waited = {"FunctionName": name, "WaiterConfig": QUICKLY, **qualifier}
    functions.client.get_waiter("function_active_v2").wait(**waited)


def unpacked(server):
    return {place.name for place in (server.data / "code").iterdir() if len(place.name) == 64}


COUNTING = """\
calls = 0

def handler(event, context):
    global calls
    calls += 1
    return [VALUE, calls]
"""


def own_code(value):
    return {"ZipFile": packages.zipped({"guest.py": COUNTING.replace("VALUE", str(value))})}


def test_it_becomes_inactive_and_the_next_invocation_wakes_it(idle_server, functions):
    name = functions.create(VpcConfig=VPC, Code=own_code(1))
    own = base64.b64decode(config(functions, name)["CodeSha256"]).hex()
    outside = functions.create()
    assert functions.invoke(name).payload == [1, 1]
    assert functions.invoke(name).payload == [1, 2]
    assert own in unpacked(idle_server)
    found = inactive(functions, name)
    assert (found["StateReasonCode"], found["StateReason"]) == ("Idle", "The function is currently idle.")
    assert found["LastUpdateStatus"] == "Successful"
    eventually("its code is packed again", lambda: own not in unpacked(idle_server))
    # A check is no invocation: it says so, and wakes nothing.
    error = refused(functions.client.invoke, FunctionName=name, InvocationType="DryRun")
    assert error.message.endswith("Inactive")
    assert config(functions, name)["State"] == "Inactive"
    wake(functions, name)
    assert own in unpacked(idle_server)
    # The environment of before is gone.
    assert functions.invoke(name).payload == [1, 1]
    assert config(functions, outside)["State"] == "Active"


def test_use_keeps_it_active(functions):
    name = functions.create(VpcConfig=VPC)
    done = threading.Event()
    threading.Timer(2 * IDLE_SECONDS, done.set).start()
    while not done.is_set():
        assert functions.invoke(name, {"do": "echo", "value": 1}).payload == 1
    # One that runs for longer than functions may be idle is in use all the while.
    seconds = IDLE_SECONDS + 1
    assert functions.invoke(name, {"do": "sleep", "seconds": seconds}).payload == {"slept": seconds}
    assert functions.invoke(name, {"do": "echo", "value": 2}).payload == 2


def test_events_wait_for_it_and_spend_no_attempt(idle_server, functions):
    name = functions.create(VpcConfig=VPC)
    functions.client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    inactive(functions, name)
    lines = [f"event {number}" for number in range(5)]
    for line in lines:
        payload = json.dumps({"do": "announce", "line": line, "seconds": 0})
        answer = functions.client.invoke(FunctionName=name, InvocationType="Event", Payload=payload)
        assert answer["StatusCode"] == 202
    found = [event["message"] for event in events(idle_server.client("logs"), name, len(lines))]
    assert sorted(message.strip() for message in found if message.startswith("event ")) == lines


def test_versions_and_aliases_each_wake_their_own(functions):
    name = functions.create(VpcConfig=VPC)
    functions.client.publish_version(FunctionName=name)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    inactive(functions, name, Qualifier="1")
    inactive(functions, name)
    wake(functions, name, Qualifier="live")
    assert functions.invoke(name, {"do": "echo", "value": 1}, Qualifier="live").version == "1"
    assert config(functions, name)["State"] == "Inactive"
    listed = functions.client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST", "1"]


def test_a_streaming_invocation_wakes_it_as_well(functions):
    name = functions.create(VpcConfig=VPC)
    inactive(functions, name)
    wake(functions, name, functions.client.invoke_with_response_stream)


def test_a_function_url_fails_once_and_then_answers(functions):
    name = functions.create(VpcConfig=VPC, **web())
    url = functions.client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    functions.client.add_permission(FunctionName=name, **PUBLIC)
    inactive(functions, name)
    assert visit(url).status == 502
    eventually("the URL answers", lambda: visit(url).status == 200)


def test_provisioned_concurrency_keeps_it_active_and_wakes_it(functions):
    name = functions.create(VpcConfig=VPC)
    functions.client.publish_version(FunctionName=name)
    inactive(functions, name, Qualifier="1")
    version = {"FunctionName": name, "Qualifier": "1"}
    functions.client.put_provisioned_concurrency_config(**version, ProvisionedConcurrentExecutions=1)

    def status():
        return functions.client.get_provisioned_concurrency_config(**version)["Status"]

    eventually("its environment is ready", lambda: status() == "READY")
    other = functions.create(VpcConfig=VPC)
    inactive(functions, other)
    assert config(functions, name, Qualifier="1")["State"] == "Active"
    assert functions.invoke(name, {"do": "echo", "value": 1}, Qualifier="1").payload == 1


def test_updates_work_and_make_it_active(functions):
    name = functions.create(VpcConfig=VPC)
    inactive(functions, name)
    answer = functions.client.update_function_code(FunctionName=name, **own_code(2))
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Inactive", "InProgress")
    functions.client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=QUICKLY)
    assert config(functions, name)["State"] == "Active"
    assert functions.invoke(name).payload == [2, 1]
    inactive(functions, name)
    functions.client.update_function_configuration(FunctionName=name, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
    functions.settled(name)
    assert functions.invoke(name).payload == [2, 1]
    version = functions.client.publish_version(FunctionName=name)["Version"]
    assert functions.invoke(name, Qualifier=version).payload == [2, 1]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_changes_neither_the_state_nor_the_way_back(start, end):
    server = start(CONFIG)
    functions = Functions(server.client("lambda"))
    name = functions.create(VpcConfig=VPC)
    inactive(functions, name)
    getattr(server, end)()
    server.start()
    functions.client = server.client("lambda")
    assert config(functions, name)["State"] == "Inactive"
    # The wish to be woken is not lost with the server, and neither is an event.
    assert refused(functions.client.invoke, FunctionName=name).message == PENDING
    # It takes its time, so that the end comes before its own.
    payload = json.dumps({"do": "announce", "line": "event", "seconds": 1})
    functions.client.invoke(FunctionName=name, InvocationType="Event", Payload=payload)
    getattr(server, end)()
    server.start()
    functions.client = server.client("lambda")
    functions.client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=QUICKLY)
    events(server.client("logs"), name, 1)
    inactive(functions, name)
    wake(functions, name)
    assert functions.invoke(name, {"do": "echo", "value": 3}).payload == 3


@pytest.mark.parametrize("version", CLIS)
def test_the_command_line_waits_for_it(idle_server, functions, tmp_path, version):
    aws = Cli(CLIS[version](), idle_server, tmp_path)
    name = functions.create(VpcConfig=VPC, Code=own_code(4))
    named = ("--function-name", name)
    inactive(functions, name)
    status = 254 if version == "version 2" else 255
    assert "following state: Pending" in aws("lambda", "invoke", *named, "out.json", status=status)
    aws("lambda", "wait", "function-active-v2", *named)
    assert aws("lambda", "invoke", *named, "out.json")["StatusCode"] == 200
    inactive(functions, name)
    aws("lambda", "update-function-configuration", *named, "--timeout", "5")
    aws("lambda", "wait", "function-updated-v2", *named)
    assert aws("lambda", "get-function-configuration", *named)["State"] == "Active"
