"""InvokeWithResponseStream: answers that come while the function writes them."""

import json
import threading

import packages
import pytest
from botocore.eventstream import EventStreamBuffer
from conftest import NODES, Functions, refused
from lambkin import eventually
from sigv4 import begun, signed

PROVIDED = {"Runtime": "provided.al2023", "Handler": "h"}
MIB = 1024 * 1024


def streamed(server, name, event):
    """The connection and the answer, of which nothing has been read."""
    env, body = server.environment(), json.dumps(event).encode()
    path = f"/2021-11-15/functions/{name}/response-streaming-invocations"
    return begun(env, "POST", path, body, signed(env, "POST", path, body))


def streamer():
    return {"Code": {"ZipFile": packages.guest("streamer.py", "bootstrap")}, **PROVIDED}


@pytest.fixture(scope="module")
def guest(lam):
    functions = Functions(lam)
    name = functions.create(**streamer())
    yield name
    functions.delete_all()


@pytest.fixture
def stream(lam):
    """Invokes and reads everything: the bytes, and what the last event said."""

    def stream(name, event, **options):
        answer = lam.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event).encode(), **options)
        assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
        events = list(answer["EventStream"])
        assert [next(iter(event)) for event in events] == ["PayloadChunk"] * (len(events) - 1) + ["InvokeComplete"]
        chunks = [event["PayloadChunk"]["Payload"] for event in events[:-1]]
        return answer, b"".join(chunks), events[-1]["InvokeComplete"]

    return stream


def test_a_stream_comes_whole_and_says_that_it_is_complete(guest, stream):
    answer, data, complete = stream(guest, {"do": "stream", "pieces": ["one ", "two ", 300_000]}, LogType="Tail")
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST"
    assert data == b"one two " + b"x" * 300_000
    assert set(complete) == {"LogResult"}


def test_the_first_piece_is_there_long_before_the_last(lam, guest):
    # The function never comes to its end by itself: whatever arrives has arrived before it.
    event = {"do": "stream", "pieces": ["first"], "then": "hang"}
    answer = lam.invoke_with_response_stream(FunctionName=guest, Payload=json.dumps(event).encode())
    events = iter(answer["EventStream"])
    assert next(events)["PayloadChunk"]["Payload"] == b"first"
    complete = next(events)["InvokeComplete"]
    assert complete["ErrorCode"] == "Sandbox.Timedout"
    assert "Task timed out after 10.00 seconds" in json.loads(complete["ErrorDetails"])["errorMessage"]


def test_a_function_that_does_not_stream_is_one_chunk(guest, stream, kitchen):
    _, data, complete = stream(guest, {"plain": 1})
    assert json.loads(data)["event"] == {"plain": 1} and complete == {}
    _, data, complete = stream(kitchen.function, {"do": "echo", "value": "ä"}, LogType="Tail")
    assert json.loads(data) == "ä" and list(complete) == ["LogResult"]


def test_errors_are_told_in_the_last_event(guest, stream):
    _, data, complete = stream(guest, {"do": "raise"})
    assert (data, complete) == (b"", {"ErrorCode": "Unhandled", "ErrorDetails": '{"errorMessage":"oops","errorType":"Oops"}'})
    _, data, complete = stream(guest, {"do": "stream", "pieces": ["half"], "then": "fail"})
    assert (data, complete["ErrorCode"]) == (b"half", "Mine")
    assert json.loads(complete["ErrorDetails"]) == {"errorMessage": "midway", "errorType": "Mine"}
    _, data, complete = stream(guest, {"do": "stream", "pieces": ["half"], "then": "exit"})
    # The caller hears of the connection's end; the log tells of the exit that caused it.
    assert (data, complete["ErrorCode"]) == (b"half", "Runtime.TruncatedResponse")


def test_what_is_wrong_before_is_an_ordinary_error(lam, guest):
    missing = refused(lam.invoke_with_response_stream, FunctionName="nobody")
    assert (missing.status, missing.code) == (404, "ResourceNotFoundException")
    bad = refused(lam.invoke_with_response_stream, FunctionName=guest, Payload=b"{")
    assert (bad.status, bad.code) == (400, "InvalidRequestContentException")
    large = refused(lam.invoke_with_response_stream, FunctionName=guest, Payload=json.dumps("x" * 6 * MIB))
    assert (large.status, large.code) == (413, "RequestEntityTooLargeException")


def test_a_dry_run_answers_without_events(lam, guest):
    answer = lam.invoke_with_response_stream(FunctionName=guest, InvocationType="DryRun")
    assert answer["StatusCode"] == 204 and "ExecutedVersion" not in answer


def test_a_stream_may_be_larger_than_any_whole_answer(guest, stream):
    _, data, complete = stream(guest, {"do": "stream", "pieces": [MIB] * 64})
    assert len(data) == 64 * MIB and complete == {}


def test_a_stream_has_a_limit_of_its_own(start):
    server = start({"limits": {"streamed-response-bytes": 2 * MIB}})
    lam = server.client("lambda")
    name = Functions(lam).create(**streamer())
    event = json.dumps({"do": "stream", "pieces": [MIB] * 3}).encode()
    answer = lam.invoke_with_response_stream(FunctionName=name, Payload=event, LogType="Tail")
    *chunks, last = answer["EventStream"]
    assert sum(len(chunk["PayloadChunk"]["Payload"]) for chunk in chunks) <= 2 * MIB
    assert last["InvokeComplete"]["ErrorCode"] == "Function.ResponseSizeTooLarge"


def test_a_client_that_goes_away_stops_nothing(lam, functions, logs, server):
    name = functions.create(**streamer())
    event = {"do": "stream", "pieces": [MIB] * 40}
    connection, answer = streamed(server, name, event)
    assert answer.status == 200 and answer.read(100_000)
    connection.close()

    def ran_to_its_end():
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern='"streamed:"')
        return found["events"]

    assert 'streamed: 202 {"status":"OK"}' in eventually("the function has written everything", ran_to_its_end)[0]["message"]
    # The same environment serves the next one.
    assert functions.invoke(name, {}).payload["count"] == 2


def test_a_client_that_does_not_read_holds_up_the_function_and_not_the_server(functions, logs, server):
    name = functions.create(Timeout=3, **streamer())
    event = {"do": "stream", "pieces": [MIB] * 64}
    connection, answer = streamed(server, name, event)
    assert answer.status == 200

    def timed_out():
        return logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern='"Status: timeout"')["events"]

    eventually("the function has run into its timeout", timed_out)
    # Its environment serves others, though nobody has read a byte.
    functions.invoke(name, {})
    assert len(logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]) == 1
    frames = EventStreamBuffer()
    frames.add_data(answer.read())
    *chunks, last = list(frames)
    assert sum(len(chunk.payload) for chunk in chunks) < 64 * MIB
    assert json.loads(last.payload)["ErrorCode"] == "Sandbox.Timedout"
    connection.close()


def test_many_streams_flow_at_once(lam, functions):
    name = functions.create(**streamer())
    lengths = []

    def one():
        event = json.dumps({"do": "stream", "pieces": [MIB] * 8}).encode()
        answer = lam.invoke_with_response_stream(FunctionName=name, Payload=event)
        lengths.append(sum(len(event.get("PayloadChunk", {}).get("Payload", b"")) for event in answer["EventStream"]))

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == [8 * MIB] * 6


@pytest.mark.skipif(not NODES, reason="no Node.js runtime was provisioned")
def test_the_official_node_client_streams(functions, stream):
    name = functions.create(Runtime=NODES[-1], Handler="guest.handler", Code={"ZipFile": packages.guest("streamer.mjs", "guest.mjs")})
    _, data, complete = stream(name, {"pieces": ["a", "b", "c"], "pause": 20}, LogType="Tail")
    assert data == b"abc" and set(complete) == {"LogResult"}
    _, data, complete = stream(name, {"pieces": ["half"], "pause": 50, "fail": True})
    assert data == b"half"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "midway"
