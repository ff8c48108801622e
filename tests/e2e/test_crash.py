"""kill -9 at random moments: what was acknowledged is there afterwards, nothing half-done, nothing left lying about."""

import random
import threading

import leaks
import packages
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import Functions, refused
from lambkin import eventually

ROUNDS = 6


def code(value):
    return packages.zipped({"guest.py": f"def handler(event, context): return {value}\n"})


class Expected:
    """What the server has acknowledged of one function."""

    def __init__(self, value, description):
        self.value = value
        self.description = description
        self.versions = {}


class Stream:
    """Sends random changes until the server dies, keeping book of every acknowledgement.

    A change whose answer never came may have happened or not; `doubt` then holds what it would have made.
    """

    def __init__(self, functions, names, seed):
        self.functions = functions
        self.client = functions.client
        self.names = names
        self.random = random.Random(seed)
        self.expected = {}
        self.doubt = None
        self.acknowledged = 0

    def run(self):
        try:
            while True:
                self.change(self.random.choice(self.names))
                self.acknowledged += 1
        except (BotoCoreError, ConnectionError):
            return
        except ClientError as error:
            # A dying server may still say that it cannot.
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, error

    def change(self, name):
        value = self.random.randrange(10**9)
        now = self.expected.get(name)
        if now is None:
            self.doubt = (name, "create", value)
            request = self.functions.request(FunctionName=name, Code={"ZipFile": code(value)}, Description=str(value))
            self.client.create_function(**request)
            self.expected[name] = Expected(value, str(value))
        else:
            action = self.random.choice(["code", "configuration", "publish", "publish", "delete"])
            self.doubt = (name, action, value)
            getattr(self, action)(name, now, value)
        self.doubt = (name, "settle", None)
        if name in self.expected:
            self.functions.settled(name)
        self.doubt = None

    def code(self, name, now, value):
        self.client.update_function_code(FunctionName=name, ZipFile=code(value))
        now.value = value

    def configuration(self, name, now, value):
        self.client.update_function_configuration(FunctionName=name, Description=str(value))
        now.description = str(value)

    def publish(self, name, now, _):
        version = self.client.publish_version(FunctionName=name)["Version"]
        now.versions.setdefault(version, now.value)

    def delete(self, name, now, _):
        self.client.delete_function(FunctionName=name)
        del self.expected[name]


def verify(stream, functions):
    """Compares what is there with what was acknowledged; the one change in doubt may be there or not."""
    client = functions.client
    doubt_name, action, doubt_value = stream.doubt or (None, None, None)
    for name in stream.names:
        expected = stream.expected.get(name)
        try:
            functions.settled(name)
            config = client.get_function_configuration(FunctionName=name)
        except client.exceptions.ResourceNotFoundException:
            assert expected is None or (name == doubt_name and action == "delete"), f"{name} is lost"
            stream.expected.pop(name, None)
            continue
        if expected is None:
            assert name == doubt_name and action == "create", f"{name} came back"
            expected = stream.expected[name] = Expected(doubt_value, str(doubt_value))

        descriptions = {expected.description}
        values = {expected.value}
        if name == doubt_name and action == "configuration":
            descriptions.add(str(doubt_value))
        if name == doubt_name and action == "code":
            values.add(doubt_value)
        assert config["Description"] in descriptions
        answer = functions.invoke(name)
        assert answer.payload in values, f"{name} runs other code than acknowledged"
        expected.description, expected.value = config["Description"], answer.payload

        listed = client.list_versions_by_function(FunctionName=name)["Versions"]
        versions = {item["Version"] for item in listed} - {"$LATEST"}
        missing = set(expected.versions) - versions
        extra = versions - set(expected.versions)
        assert not missing, f"versions {missing} of {name} are lost"
        assert len(extra) <= (1 if name == doubt_name and action == "publish" else 0), f"{name} has {extra}"
        for version in extra:
            expected.versions[version] = answer.payload
        if expected.versions:
            version = stream.random.choice(sorted(expected.versions))
            assert functions.invoke(name, Qualifier=version).payload == expected.versions[version]
    stream.doubt = None


def test_what_was_acknowledged_survives_kill_nine(start):
    server = start()
    functions = Functions(server.client("lambda"))
    randomness = random.Random()
    seed = randomness.randrange(10**9)
    print("seed", seed)
    randomness.seed(seed)
    stream = Stream(functions, [f"crash-{number}" for number in range(4)], seed)
    name = None
    for round_number in range(ROUNDS):
        before = stream.acknowledged
        worker = threading.Thread(target=stream.run)
        worker.start()
        eventually("changes are acknowledged", lambda: stream.acknowledged > before + 3)
        # Anywhere in the stream: the moment is what is being tested, so it is left to chance.
        threading.Event().wait(randomness.uniform(0, 0.4))
        family = leaks.children(server.process.pid)
        name = name or leaks.instance(family)
        server.kill()
        worker.join()
        eventually("its processes are gone", lambda: not leaks.alive(family), patience=10)
        server.start()
        stream.client = functions.client = server.client("lambda")
        verify(stream, functions)
    assert name, "no jail was seen"
    # The marks are real: an instance that runs has some.
    functions.invoke(next(iter(stream.expected)) if stream.expected else functions.create())
    assert leaks.traces(name, server.data)
    family = leaks.children(server.process.pid)
    assert server.stop() == 0
    eventually("its processes are gone", lambda: not leaks.alive(family), patience=10)
    assert leaks.traces(name, server.data) == set()


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "while a function runs"])
def test_nothing_is_left_after_kill_nine_and_a_restart(start, busy):
    server = start()
    functions = Functions(server.client("lambda"))
    function = functions.create(Timeout=60)
    functions.invoke(function, {"do": "echo"})
    if busy:
        def outlive():
            with pytest.raises((BotoCoreError, ConnectionError)):
                functions.invoke(function, {"do": "announce", "line": "begun", "seconds": 50})

        caller = threading.Thread(target=outlive)
        caller.start()
        marker = f"/aws/lambda/{function}"
        logs = server.client("logs")
        eventually(
            "the function is running",
            lambda: any(
                event["message"] == "begun\n" for event in logs.filter_log_events(logGroupName=marker)["events"]
            ),
        )
    family = leaks.children(server.process.pid)
    name = leaks.instance(family)
    assert name, "the jails have control groups of their own"
    server.kill()
    eventually("its processes are gone", lambda: not leaks.alive(family), patience=10)
    if busy:
        caller.join()
    server.start()
    functions.client = server.client("lambda")
    assert functions.invoke(function, {"do": "count"}).payload == 1
    family = leaks.children(server.process.pid)
    assert server.stop() == 0
    eventually("its processes are gone", lambda: not leaks.alive(family), patience=10)
    assert leaks.traces(name, server.data) == set()


def test_an_invocation_never_ends_in_a_lie(start):
    """A call cut short by kill -9 is an error for its caller, never a made-up answer."""
    server = start()
    functions = Functions(server.client("lambda"))
    name = functions.create(Timeout=60)
    functions.invoke(name, {"do": "echo"})
    answers = []

    def call():
        while True:
            try:
                answers.append(functions.invoke(name, {"do": "echo", "value": "whole"}).payload)
            except (BotoCoreError, ConnectionError):
                return

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    eventually("calls are answered", lambda: len(answers) > 50)
    server.kill()
    for caller in callers:
        caller.join()
    assert set(answers) == {"whole"}
    server.start()
    functions.client = server.client("lambda")
    assert functions.invoke(name, {"do": "echo", "value": 1}).payload == 1
    assert refused(functions.client.get_function, FunctionName="never-made").status == 404
