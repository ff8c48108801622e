"""Provisioned concurrency: environments that are there before anyone asks, and that are kept."""

import threading

import leaks
import packages
import pytest
from botocore.exceptions import ClientError
from conftest import Functions, refused
from lambkin import eventually
from test_concurrency import MINIMUM, Sleepers, outcome

ON_DEMAND, PROVISIONED = "on-demand", "provisioned-concurrency"


class House:
    """A server of its own, with a function that has versions and the alias `live`."""

    def __init__(self, server):
        self.server = server
        self.connect(Functions(server.client("lambda")))

    def connect(self, functions):
        self.functions = functions
        self.client = functions.client
        functions.logs = self.server.client("logs")

    def restart(self):
        self.server.start()
        self.functions.client = self.server.client("lambda")
        self.connect(self.functions)

    def create(self, **fields):
        self.name = self.functions.create(**{"Timeout": 30, **fields})
        self.publish("1")
        self.client.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1")
        return self.name

    def publish(self, expected):
        self.client.update_function_configuration(FunctionName=self.name, Description=f"version {expected}")
        self.functions.settled(self.name)
        assert self.client.publish_version(FunctionName=self.name)["Version"] == expected

    def put(self, count, qualifier="live"):
        answer = self.client.put_provisioned_concurrency_config(
            FunctionName=self.name, Qualifier=qualifier, ProvisionedConcurrentExecutions=count
        )
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
        return answer

    def get(self, qualifier="live"):
        return self.client.get_provisioned_concurrency_config(FunctionName=self.name, Qualifier=qualifier)

    def ready(self, count, qualifier="live"):
        """Waits until all is there, and looks at the figures."""

        def look():
            config = self.get(qualifier)
            assert config["Status"] != "FAILED", config
            return config if config["Status"] == "READY" else None

        config = eventually(f"{count} environments are ready", look)
        assert config["RequestedProvisionedConcurrentExecutions"] == count
        assert config["AvailableProvisionedConcurrentExecutions"] == count
        assert config["AllocatedProvisionedConcurrentExecutions"] == count
        assert "StatusReason" not in config
        return config

    def invoke(self, event, qualifier="live", **options):
        return self.functions.invoke(self.name, event, Qualifier=qualifier, **options)

    def kind(self, qualifier="live"):
        """How the environment came to be that an invocation ran in."""
        return self.invoke({"do": "environment"}, qualifier).payload["AWS_LAMBDA_INITIALIZATION_TYPE"]

    def stream(self, qualifier="live"):
        return self.invoke({"do": "context"}, qualifier).payload["log_stream_name"]


@pytest.fixture
def house(start):
    def open_house(config=None, **limits):
        return House(start({"limits": {**MINIMUM, **limits}, **(config or {})}))

    return open_house


def test_environments_are_there_before_anyone_asks(house):
    house = house(**{"concurrent-executions": 10})
    house.create()
    first = house.put(2)
    assert first["Status"] in ("IN_PROGRESS", "READY")
    assert first["RequestedProvisionedConcurrentExecutions"] == 2
    house.ready(2)
    assert house.client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 8
    answer = house.invoke({"do": "environment"}, LogType="Tail")
    assert answer.payload["AWS_LAMBDA_INITIALIZATION_TYPE"] == PROVISIONED
    assert answer.version == "1"
    assert "REPORT RequestId" in answer.log and "Init Duration" not in answer.log.split("REPORT RequestId")[1]

    def lines():
        group = f"/aws/lambda/{house.name}"
        events = house.functions.logs.filter_log_events(logGroupName=group)["events"]
        found = [event["message"] for event in events]
        return found if sum("INIT_REPORT" in line for line in found) == 2 else None

    reports = [line for line in eventually("both inits are logged", lines) if "INIT_REPORT" in line]
    assert all(line.endswith("\tPhase: init\tStatus: success\n") for line in reports), reports
    assert house.kind("$LATEST") == ON_DEMAND
    listed = house.client.list_provisioned_concurrency_configs(FunctionName=house.name)
    (item,) = listed["ProvisionedConcurrencyConfigs"]
    assert item["FunctionArn"].endswith(f":function:{house.name}:live") and item["Status"] == "READY"


def test_what_is_too_much_spills_over_to_on_demand(house):
    house = house(**{"concurrent-executions": 10})
    house.create()
    house.put(1)
    house.ready(1)
    sleepers = Sleepers(house.functions)
    sleepers.occupy(house.name, 1, Qualifier="live")
    assert house.kind() == ON_DEMAND
    sleepers.join()
    assert house.kind() == PROVISIONED


def test_where_all_that_is_reserved_is_provisioned_nothing_spills_over(house):
    house = house(**{"concurrent-executions": 10})
    house.create()
    house.client.put_function_concurrency(FunctionName=house.name, ReservedConcurrentExecutions=1)
    house.put(1)
    house.ready(1)
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert outcome(house.functions, house.name) == reason, "there is nothing left for $LATEST"
    sleepers = Sleepers(house.functions)
    sleepers.occupy(house.name, 1, Qualifier="live")
    assert outcome(house.functions, house.name, Qualifier="live") == reason
    sleepers.join()
    assert house.kind() == PROVISIONED


def test_clients_in_a_closed_loop_do_not_spill_over(house):
    house = house(**{"concurrent-executions": 10})
    house.create()
    house.put(1)
    house.ready(1)
    assert {house.kind() for _ in range(30)} == {PROVISIONED}


def test_environments_follow_their_alias(house):
    house = house(**{"concurrent-executions": 10})
    house.create()
    house.put(2)
    house.ready(2)
    assert house.kind("1") == PROVISIONED
    house.publish("2")
    house.client.update_alias(FunctionName=house.name, Name="live", FunctionVersion="2")
    moved = house.get()
    assert moved["AvailableProvisionedConcurrentExecutions"] == 2, "those of before count until the new are there"
    house.ready(2)
    answer = house.invoke({"do": "environment"})
    assert (answer.version, answer.payload["AWS_LAMBDA_INITIALIZATION_TYPE"]) == ("2", PROVISIONED)
    assert house.kind("1") == ON_DEMAND


def test_an_init_that_fails_is_told(house):
    house = house(**{"concurrent-executions": 10})
    house.create(Code={"ZipFile": packages.zipped({"guest.py": "raise ValueError('no init')\n"})})
    house.put(2)

    def failed():
        config = house.get()
        return config if config["Status"] == "FAILED" else None

    config = eventually("the failure is told", failed)
    assert config["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"
    assert config["AvailableProvisionedConcurrentExecutions"] == config["AllocatedProvisionedConcurrentExecutions"] == 0
    fixed = {"ZipFile": packages.guest("kitchen.py", "guest.py")}
    house.client.update_function_code(FunctionName=house.name, **fixed)
    house.functions.settled(house.name)
    assert house.client.publish_version(FunctionName=house.name)["Version"] == "2"
    house.client.update_alias(FunctionName=house.name, Name="live", FunctionVersion="2")
    eventually("the fixed version is ready", lambda: house.get()["Status"] == "READY")
    assert house.kind() == PROVISIONED


def test_an_environment_that_dies_is_replaced(house):
    house = house(**{"concurrent-executions": 10})
    house.create()
    house.put(1)
    house.ready(1)
    first = house.stream()
    assert house.invoke({"do": "kill", "signal": "SIGKILL"}).error == "Unhandled"
    # Unless it was seen to already, the figures tell that one is missing.
    house.ready(1)
    eventually("another one is there", lambda: house.kind() == PROVISIONED)
    second = house.stream()
    assert second != first
    assert house.invoke({"do": "count"}, LogType="Tail").payload == 3


def test_environments_are_replaced_when_they_grow_old(house):
    house = house(**{"concurrent-executions": 10, "environment-lifetime": "2s"})
    house.create()
    house.put(1)
    house.ready(1)
    first = house.stream()
    eventually("a younger one took its place", lambda: house.stream() != first)
    assert house.kind() == PROVISIONED


def test_idle_environments_stay(house):
    house = house(**{"concurrent-executions": 10, "idle-timeout": "1s"})
    house.create()
    house.put(1)
    house.ready(1)
    provisioned = house.stream()
    other = house.stream("$LATEST")
    pause = 1.0
    while house.stream("$LATEST") == other:
        assert pause < 20, "an idle environment never went away"
        pause *= 2
        threading.Event().wait(pause)
    assert house.stream() == provisioned


@pytest.mark.parametrize("what", ["configuration", "alias", "function"])
def test_environments_go_with_their_configuration(house, what):
    house = house(**{"concurrent-executions": 10})
    house.create()
    house.put(2)
    house.ready(2)
    group = leaks.instance(leaks.children(house.server.process.pid))
    assert group, "jails leave traces"
    client, name = house.client, house.name
    if what == "configuration":
        assert house.kind() == PROVISIONED
        client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
        assert refused(house.get).code == "ProvisionedConcurrencyConfigNotFoundException"
        client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
        assert house.kind() == ON_DEMAND
    elif what == "alias":
        client.delete_alias(FunctionName=name, Name="live")
        client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        assert refused(house.get).code == "ProvisionedConcurrencyConfigNotFoundException"
        eventually("the environments are gone", lambda: house.kind("1") == ON_DEMAND)
    else:
        client.delete_function(FunctionName=name)
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 10


@pytest.mark.parametrize("gently", [True, False], ids=["a restart", "kill -9"])
def test_everything_comes_back_by_itself(house, gently):
    house = house(**{"concurrent-executions": 10})
    house.create()
    house.put(2)
    house.ready(2)
    before = house.get()["LastModified"]
    family = leaks.children(house.server.process.pid)
    if gently:
        assert house.server.stop() == 0
    else:
        house.server.kill()
    eventually("its processes are gone", lambda: not leaks.alive(family), patience=10)
    house.restart()
    house.ready(2)
    assert house.get()["LastModified"] == before
    assert house.kind() == PROVISIONED
    family = leaks.children(house.server.process.pid)
    name = leaks.instance(family)
    assert name and house.server.stop() == 0
    eventually("its processes are gone", lambda: not leaks.alive(family), patience=10)
    assert leaks.traces(name, house.server.data) == set()


def test_a_number_below_one_is_refused_before_anything_else(house):
    house = house()
    house.create()
    with pytest.raises(ClientError) as caught:
        house.put(0)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "'provisionedConcurrentExecutions'" in error["Message"]
    assert "Member must have value greater than or equal to 1" in error["Message"]
