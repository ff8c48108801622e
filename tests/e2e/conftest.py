"""What every test gets: a running server, clients for it, and a way to make functions."""

import base64
import itertools
import json
import types

import packages
import pytest
from botocore.exceptions import ClientError
from lambkin import RUNTIMES, Lambkin, eventually

ROLE = "arn:aws:iam::000000000000:role/test"
REGION = "us-east-1"
ACCOUNT = "000000000000"


def installed(prefix):
    """The runtimes that were provisioned, oldest first."""
    names = (folder.name for folder in RUNTIMES.glob(f"{prefix}*") if (folder / "runtime.toml").exists())
    return sorted(names, key=lambda name: [int(part) for part in name.removeprefix(prefix).removesuffix(".x").split(".")])


PYTHONS = installed("python")
PYTHON = PYTHONS[-1]
NODES = installed("nodejs")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Lambkin(tmp_path_factory.mktemp("lambkin")).start()
    yield server
    assert server.stop() == 0, server.tail()


@pytest.fixture
def start(tmp_path):
    """Starts servers with a configuration of their own; whatever still runs at the end is stopped."""
    servers = []

    def start(config=None, arguments=()):
        home = tmp_path / f"server{len(servers)}"
        home.mkdir()
        servers.append(Lambkin(home, config, arguments))
        return servers[-1].start()

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def lam(server):
    return server.client("lambda")


@pytest.fixture(scope="session")
def logs(server):
    return server.client("logs")


names = (f"f{number}" for number in itertools.count(1))


class Functions:
    """Makes functions and forgets none."""

    def __init__(self, client):
        self.client = client
        self.made = []

    def request(self, **fields):
        """A complete CreateFunction request; fields given as None are left out."""
        request = {
            "FunctionName": next(names),
            "Runtime": PYTHON,
            "Role": ROLE,
            "Handler": "guest.handler",
            "Code": {"ZipFile": packages.guest("kitchen.py", "guest.py")},
            "MemorySize": 256,
            "Timeout": 10,
            **fields,
        }
        return {key: value for key, value in request.items() if value is not None}

    def create(self, **fields):
        """Creates a function, waits until it is Active, and returns its name."""
        name = self.client.create_function(**self.request(**fields))["FunctionName"]
        self.made.append(name)
        self.settled(name)
        return name

    def settled(self, name):
        """Waits until neither creation nor an update is under way; returns the configuration."""

        def look():
            config = self.client.get_function_configuration(FunctionName=name)
            return config if config["State"] == "Active" and config["LastUpdateStatus"] == "Successful" else None

        return eventually(f"{name} is settled", look)

    def invoke(self, name, event=None, **options):
        """Invokes and returns what came back, the payload parsed as far as it is JSON."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **options)
        raw = answer["Payload"].read()
        return types.SimpleNamespace(
            raw=raw,
            payload=json.loads(raw) if raw else None,
            status=answer["StatusCode"],
            error=answer.get("FunctionError"),
            version=answer.get("ExecutedVersion"),
            log=base64.b64decode(answer["LogResult"]).decode() if "LogResult" in answer else None,
            request_id=answer["ResponseMetadata"]["RequestId"],
            headers=answer["ResponseMetadata"]["HTTPHeaders"],
        )

    def delete_all(self):
        for name in self.made:
            try:
                self.client.delete_function(FunctionName=name)
            except self.client.exceptions.ResourceNotFoundException:
                pass


@pytest.fixture
def functions(lam):
    functions = Functions(lam)
    yield functions
    functions.delete_all()


@pytest.fixture(scope="module")
def kitchen(lam):
    """One kitchen function for a whole file of tests that leave no traces; calling it invokes it."""
    functions = Functions(lam)
    name = functions.create()

    def invoke(event, **options):
        return functions.invoke(name, event, **options)

    invoke.function = name
    yield invoke
    functions.delete_all()


def refused(call, *arguments, **options):
    """The error of a call that has to be refused, as code, message, status and the parsed answer."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **options)
    answer = caught.value.response
    return types.SimpleNamespace(
        code=answer["Error"]["Code"],
        message=answer["Error"]["Message"],
        status=answer["ResponseMetadata"]["HTTPStatusCode"],
        answer=answer,
    )
