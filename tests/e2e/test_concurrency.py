"""Concurrency: what is reserved, what is refused and why, and how fast functions may grow."""

import threading
from concurrent.futures import ThreadPoolExecutor

import packages
import pytest
from botocore.exceptions import ClientError
from conftest import Functions
from lambkin import eventually

MINIMUM = {"minimum-unreserved-concurrency": 1}


class Sleepers:
    """Invocations that stay under way until the test is over with them."""

    def __init__(self, functions, seconds=4):
        self.functions = functions
        self.seconds = seconds
        self.threads = []
        self.answers = []

    def occupy(self, name, count, **options):
        """Keeps `count` invocations under way, and returns when they are: each says so in the function's log."""
        logs = self.functions.logs
        line = f"occupied {len(self.threads)}"

        def sleep():
            event = {"do": "announce", "line": line, "seconds": self.seconds}
            self.answers.append(self.functions.invoke(name, event, **options))

        threads = [threading.Thread(target=sleep) for _ in range(count)]
        for thread in threads:
            thread.start()
        self.threads += threads

        def announced():
            try:
                found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
            except logs.exceptions.ResourceNotFoundException:
                return False
            return sum(event["message"] == f"{line}\n" for event in found) == count

        eventually(f"{count} invocations of {name} are under way", announced)

    def join(self):
        for thread in self.threads:
            thread.join()
        assert len(self.answers) == len(self.threads) and not any(answer.error for answer in self.answers)


@pytest.fixture
def house(start):
    """Starts a server with limits of its own; gives its functions."""

    def open_house(config=None, **limits):
        server = start({"limits": {**MINIMUM, **limits}, **(config or {})})
        functions = Functions(server.client("lambda"))
        functions.logs = server.client("logs")
        functions.server = server
        return functions

    return open_house


def outcome(functions, name, event=None, **options):
    """What an invocation came to: the `Reason` of a 429, or None."""
    try:
        functions.invoke(name, event or {"do": "echo"}, **options)
    except ClientError as error:
        answer = error.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429, answer
        assert answer["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
        assert answer["Type"] == "User"
        return answer["Reason"]
    return None


def test_a_reservation_is_a_floor_and_a_cap(house):
    functions = house(**{"concurrent-executions": 5})
    kept, other = functions.create(Timeout=30), functions.create(Timeout=30)
    functions.client.put_function_concurrency(FunctionName=kept, ReservedConcurrentExecutions=2)
    limits = functions.client.get_account_settings()["AccountLimit"]
    assert (limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]) == (5, 3)
    sleepers = Sleepers(functions)
    sleepers.occupy(other, 3)
    assert outcome(functions, other) == "ConcurrentInvocationLimitExceeded"
    sleepers.occupy(kept, 2)
    assert outcome(functions, kept) == "ReservedFunctionConcurrentInvocationLimitExceeded"
    sleepers.join()
    assert outcome(functions, kept) is None
    assert outcome(functions, other) is None


def test_a_changed_reservation_counts_for_the_next_invocation(functions):
    name, client = functions.create(), functions.client
    assert outcome(functions, name) is None
    for _ in range(5):
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        assert outcome(functions, name) == "ReservedFunctionConcurrentInvocationLimitExceeded"
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        assert outcome(functions, name) is None
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        client.delete_function_concurrency(FunctionName=name)
        assert outcome(functions, name) is None


def test_a_reservation_survives_kill_nine_and_is_given_back_with_its_function(house):
    functions = house(**{"concurrent-executions": 3})
    kept, other = functions.create(), functions.create(Timeout=30)
    functions.client.put_function_concurrency(FunctionName=kept, ReservedConcurrentExecutions=2)
    functions.server.kill()
    functions.server.start()
    functions.client, functions.logs = functions.server.client("lambda"), functions.server.client("logs")
    sleepers = Sleepers(functions)
    sleepers.occupy(other, 1)
    assert outcome(functions, other) == "ConcurrentInvocationLimitExceeded"
    functions.client.delete_function(FunctionName=kept)
    sleepers.occupy(other, 2)
    sleepers.join()


@pytest.mark.parametrize("reserved", [False, True], ids=["the account's", "a function's"])
def test_closed_loop_clients_at_the_limit_are_never_refused(house, reserved):
    """Who has an answer may ask again at once, although the environment is not free at that very moment."""
    limit = 4
    functions = house(
        **{"concurrent-executions": 10 if reserved else limit, "requests-per-concurrency": 1_000_000}
    )
    name = functions.create()
    if reserved:
        functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=limit)

    def client(_):
        return [outcome(functions, name) for _ in range(100)]

    with ThreadPoolExecutor(limit) as clients:
        reasons = [reason for each in clients.map(client, range(limit)) for reason in each]
    assert reasons == [None] * (100 * limit)


def test_a_function_that_works_on_after_its_answer_does_not_exceed_its_limit(house):
    functions = house({"engine": {"settle-grace": "20ms"}}, **{"concurrent-executions": 2})
    code = (
        "import os, socket, time\n"
        "def answer(request_id):\n"
        "    with socket.create_connection(('127.0.0.1', 9001)) as client:\n"
        "        client.sendall(f'POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\\r\\n'\n"
        "                       'Host: r\\r\\nContent-Length: 2\\r\\n\\r\\n{}'.encode())\n"
        "        client.recv(1000)\n"
        "def handler(event, context):\n"
        "    answer(context.aws_request_id)\n"
        "    time.sleep(3)\n"
    )
    name = functions.create(Code={"ZipFile": packages.zipped({"guest.py": code})}, Timeout=20)
    for _ in range(2):
        assert functions.invoke(name).payload == {}
    assert outcome(functions, name) == "ConcurrentInvocationLimitExceeded"
    eventually("it is free again", lambda: outcome(functions, name) is None)


def test_a_function_grows_no_faster_than_it_may(house):
    functions = house(**{"new-environments": 2, "new-environments-interval": "1h"})
    one, two = functions.create(Timeout=30), functions.create(Timeout=30)
    functions.client.put_function_concurrency(FunctionName=two, ReservedConcurrentExecutions=10)
    sleepers = Sleepers(functions)
    for name, prefix in ((one, ""), (two, "Reserved")):
        sleepers.occupy(name, 2)
        assert outcome(functions, name) == f"{prefix}FunctionInvocationRateLimitExceeded"
    sleepers.join()
    assert outcome(functions, one) is None, "what is there can be used"


def test_the_rate_of_invocations_has_a_reason_of_its_own(house):
    functions = house(**{"requests-per-concurrency": 0})
    name = functions.create()
    assert outcome(functions, name) == "FunctionInvocationRateLimitExceeded"
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    assert outcome(functions, name) == "ReservedFunctionInvocationRateLimitExceeded"
