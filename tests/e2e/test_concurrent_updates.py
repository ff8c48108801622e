"""Many clients change one thing at once: one winner for each revision, nothing lost, and no reader goes back in time."""

import itertools
import json
import random
import time
import urllib.parse

import pytest
from conftest import ACCOUNT, Functions
from histories import History, Step, check_zones, together, zone
from lambkin import Lambkin, eventually
from probe.http import Connection, request

WRITERS, READERS = 8, 4
ROUNDS = 60
# How many updates of a register are to succeed at the least.
ENOUGH = 16
FUNCTIONS = "/2015-03-31/functions"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    server = Lambkin(tmp_path_factory.mktemp("updates"), {"auth": "off"}).start()
    yield server
    assert server.stop() == 0, server.tail()


@pytest.fixture
def connect(open_server):
    address = urllib.parse.urlsplit(open_server.endpoint)
    return lambda: Connection((address.hostname, address.port))


@pytest.fixture
def name(open_server):
    return Functions(open_server.client("lambda")).create(Description="first", Publish=True)


def ask(connection, method, path, document=None):
    body = b"" if document is None else json.dumps(document).encode()
    answer = connection.send(request(method, path, body))
    assert answer.status < 500, answer.body
    return answer


class Register:
    """A description, as one kind of thing has it."""

    def __init__(self, connect, path, of, lists, update="PUT"):
        self.connect, self.path, self.of, self.lists, self.update = connect, path, of, lists, update
        self.history = History("first")
        self.numbers = itertools.count()

    def read(self, connection, path):
        began = time.monotonic()
        shown = self.of(ask(connection, "GET", path).json())
        self.history.record("read", shown["Description"], None, began)
        self.history.saw(shown["RevisionId"], shown["Description"])
        return shown

    def write(self, connection, careful):
        revision = self.read(connection, self.path)["RevisionId"] if careful else None
        value = f"value {next(self.numbers)}"
        document = {"Description": value, **({"RevisionId": revision} if careful else {})}
        began = time.monotonic()
        answer = ask(connection, self.update, self.path, document)
        if answer.status == 200:
            self.history.record("write", value, revision, began)
            self.history.saw(answer.json()["RevisionId"], value)
        elif answer.status == 412:
            assert careful, answer.body
            self.history.record("stale", value, revision, began)
        else:
            # An update of the function is under way.
            assert (answer.status, answer.code) == (409, "ResourceConflictException"), answer.body

    def count(self):
        return sum(step.kind == "write" for step in self.history.steps)

    def writer(self, careful):
        def run():
            connection = self.connect()
            for _ in range(ROUNDS):
                self.write(connection, careful)
            # Attempts that found an update under way count for nothing.
            eventually("enough is written", lambda: self.write(connection, careful) or self.count() >= ENOUGH)

        return run

    def reader(self):
        def run():
            connection = self.connect()
            for path in itertools.islice(itertools.cycle([self.path, *self.lists]), ROUNDS * 4):
                self.read(connection, path)

        return run

    def run(self, careless):
        writers = [self.writer(careful=number >= careless) for number in range(WRITERS)]
        together(*writers, *(self.reader() for _ in range(READERS)))
        self.history.check()


@pytest.mark.parametrize("careless", [0, 3], ids=["all with a revision", "some without"])
def test_updates_of_an_alias_have_an_order(connect, name, careless):
    ask(connect(), "POST", f"{FUNCTIONS}/{name}/aliases", {"Name": "live", "FunctionVersion": "1", "Description": "first"})

    def of(document):
        return document["Aliases"][0] if "Aliases" in document else document

    register = Register(connect, f"{FUNCTIONS}/{name}/aliases/live", of, [f"{FUNCTIONS}/{name}/aliases"])
    register.run(careless)
    if not careless:
        assert any(step.kind == "stale" for step in register.history.steps), "nobody ever came too late"


@pytest.mark.parametrize("careless", [0, 3], ids=["all with a revision", "some without"])
def test_updates_of_a_function_have_an_order(connect, name, careless):
    def of(document):
        return document["Configuration"] if "Configuration" in document else document

    register = Register(connect, f"{FUNCTIONS}/{name}/configuration", of, [f"{FUNCTIONS}/{name}"])
    # A change settles some time after its answer, which gives the function another revision.
    register.history.record("settle", None, None, 0.0, 0.0)
    register.run(careless)


def test_statements_of_a_policy_are_never_lost(connect, name):
    path = f"{FUNCTIONS}/{name}/policy"
    added, removed, reads, won = {}, {}, [], []

    def statement(sid, revision=None):
        document = {"StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": ACCOUNT}
        return document if revision is None else {**document, "RevisionId": revision}

    def adder(number):
        def run():
            connection = connect()
            for turn in range(ROUNDS // 2):
                policy = ask(connection, "GET", path).json()
                revision = policy.get("RevisionId") if number % 2 else None
                sid, began = f"s{number}-{turn}", time.monotonic()
                answer = ask(connection, "POST", path, statement(sid, revision))
                assert answer.status in (201, 412), answer.body
                if answer.status == 201:
                    added[sid] = (began, time.monotonic())
                    won.append(revision)
                if answer.status == 201 and turn % 3 == 0:
                    began = time.monotonic()
                    assert ask(connection, "DELETE", f"{path}/{sid}").status == 204
                    removed[sid] = (began, time.monotonic())

        return run

    def reader():
        connection = connect()
        for _ in range(ROUNDS * 2):
            began = time.monotonic()
            policy = ask(connection, "GET", path).json()
            sids = {item["Sid"] for item in json.loads(policy.get("Policy", '{"Statement": []}'))["Statement"]}
            reads.append((began, time.monotonic(), sids))

    together(*(adder(number) for number in range(WRITERS)), *([reader] * READERS))
    last = json.loads(ask(connect(), "GET", path).json()["Policy"])["Statement"]
    assert {item["Sid"] for item in last} == added.keys() - removed.keys()
    asked = [revision for revision in won if revision is not None]
    assert len(asked) == len(set(asked)), "two additions asked for the same revision, and both were made"
    for began, ended, sids in reads:
        for sid, (begun, done) in added.items():
            gone = removed.get(sid, (float("inf"), float("inf")))
            assert sid in sids or began < done or ended > gone[0], f"{sid} had been added and was not there"
            assert sid not in sids or (ended > begun and began < gone[1]), f"{sid} was there too early or too late"


def steps(*moments):
    return [Step(kind, None, None, began, ended) for kind, began, ended in moments]


def test_the_checker_itself_sees_what_is_wrong():
    write, read = ("write", 0.0, 1.0), ("read", 2.0, 3.0)
    check_zones({"a": zone(steps(write)), "b": zone(steps(("write", 0.5, 0.8), ("read", 4.0, 5.0)))})
    with pytest.raises(AssertionError, match="seen again"):
        check_zones({"a": zone(steps(write, ("read", 6.0, 7.0))), "b": zone(steps(("write", 1.5, 1.8), read, ("read", 5.0, 5.5)))})
    with pytest.raises(AssertionError, match="came and went"):
        check_zones({"a": zone(steps(write, ("read", 6.0, 7.0))), "b": zone(steps(("write", 2.0, 3.0)))})
    lost = History("first")
    for value in ("a", "b"):
        lost.record("write", value, "r1", 1.0, 2.0)
    with pytest.raises(AssertionError, match="more than once"):
        lost.check_winners()
