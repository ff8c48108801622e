"""kill -9 in the middle of every kind of write: the acknowledged ones are there, and of the others all or nothing."""

import random
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import Functions
from lambkin import eventually
from writes import KINDS

ROUNDS = 5
ENOUGH = 4


class Writer:
    """Writes one kind of thing until the server dies, and keeps book of what was acknowledged."""

    def __init__(self, kind, clients, function, seed):
        self.kind = kind(clients, function)
        self.random = random.Random(seed)
        self.expected = {}
        self.acknowledged = 0
        self.doubt = None
        self.failure = None
        self.kind.prepare()

    def run(self):
        try:
            while True:
                self.write()
                self.acknowledged += 1
        except (BotoCoreError, ConnectionError):
            return
        except ClientError as error:
            # A dying server may still say that it cannot.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                self.failure = error

    def write(self):
        kind, value = self.kind, self.kind.value(self.random.randrange(10**9))
        absent = [None] if kind.keys is None else [key for key in kind.keys if key not in self.expected]
        acts = [("make", key) for key in absent]
        if kind.changes:
            acts += [("change", key) for key in self.expected]
        if kind.delete:
            acts += [("delete", key) for key in self.expected]
        act, key = self.random.choice(acts)
        self.doubt = (act, key, value)
        if act == "make":
            made = kind.make(key, value)
            self.note(key, made, value)
        elif act == "change":
            kind.change(key, value)
            self.expected[key] = value
        else:
            kind.delete(key)
            del self.expected[key]
        self.doubt = None

    def note(self, key, made, value):
        """Keeps what a creation said: nothing, the key that it made up, or key and value."""
        if isinstance(made, tuple):
            key, value = made
        elif self.kind.keys is None:
            key = made
        if key is not None:
            self.expected[key] = value

    def verify(self):
        what = type(self.kind).__name__
        assert self.failure is None, f"{what}: {self.failure}"
        seen = self.kind.seen()
        act, doubtful, value = self.doubt or (None, None, None)
        for key in self.expected.keys() | seen.keys():
            wanted, found = self.expected.get(key), seen.get(key)
            if wanted == found and (key in self.expected) == (key in seen):
                continue
            story = f"{what}: {key} was {wanted!r} and is {found!r}; under way was {self.doubt}"
            if act == "make":
                assert key not in self.expected and doubtful in (None, key), story
                assert len(seen.keys() - self.expected.keys()) == 1, story
                assert found in (value, "Active", None), story
            elif act == "change":
                assert key == doubtful and found == value, story
            else:
                assert act == "delete" and key == doubtful and key not in seen, story
        self.expected, self.doubt = seen, None


@pytest.mark.parametrize("turn", range(2))
def test_every_kind_of_write_is_whole_after_kill_nine(start, turn):
    server = start()

    def clients():
        return {service: server.client(service) for service in ("lambda", "iam", "logs", "kms")}

    seed = random.Random().randrange(10**9)
    print("seed", seed)
    randomness = random.Random(seed)
    function = Functions(server.client("lambda")).create(FunctionName="written", Publish=True)
    writers = [Writer(kind, clients(), function, seed + number) for number, kind in enumerate(KINDS)]
    for _ in range(ROUNDS):
        before = [writer.acknowledged for writer in writers]
        threads = [threading.Thread(target=writer.run) for writer in writers]
        for thread in threads:
            thread.start()
        eventually(
            "every kind is written",
            lambda: all(writer.acknowledged >= least + ENOUGH or writer.failure for writer, least in zip(writers, before)),
        )
        # Anywhere in the stream: the moment is what is being tested, so it is left to chance.
        threading.Event().wait(randomness.uniform(0, 0.1))
        server.kill()
        for thread in threads:
            thread.join()
        server.start()
        fresh = clients()
        for writer in writers:
            writer.kind.use(fresh)
            writer.verify()
