"""Asynchronous invocations: accepted at once, run later, tried again, and never lost."""

import json

import pytest
from conftest import Functions, refused
from test_logs import events

QUICK = {"limits": {"event-retry-delay": "200ms"}, "engine": {"settle-grace": "5s", "event-poll": "100ms", "event-lease": "1s"}}


def requests(found, kind):
    """The request ids on the lines of one kind, in order."""
    return [event["message"].split()[2] for event in found if event["message"].startswith(f"{kind} RequestId: ")]


def test_an_event_is_accepted_without_an_answer_and_runs(lam, logs, functions):
    name = functions.create()
    answer = lam.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"do": "announce", "line": "here", "seconds": 0}))
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    assert "ExecutedVersion" not in answer and "FunctionError" not in answer
    found = events(logs, name, 1)
    assert requests(found, "START") == [answer["ResponseMetadata"]["RequestId"]]
    assert "here\n" in [event["message"] for event in found]


def test_the_old_operation_does_the_same(lam, logs, functions):
    name = functions.create()
    answer = lam.invoke_async(FunctionName=name, InvokeArgs=json.dumps({"do": "announce", "line": "there", "seconds": 0}))
    assert answer["Status"] == 202
    assert "there\n" in [event["message"] for event in events(logs, name, 1)]


def test_what_can_be_known_to_be_wrong_is_told_at_once(lam, functions):
    name = functions.create()

    def error(**request):
        error = refused(lam.invoke, InvocationType="Event", **request)
        return error.status, error.code, error.message

    status, code, message = error(FunctionName="none")
    assert (status, code) == (404, "ResourceNotFoundException") and message.endswith("function:none:$LATEST")
    assert error(FunctionName=name, Payload=b"{")[:2] == (400, "InvalidRequestContentException")
    assert error(FunctionName=name, Payload=b'"' + b"a" * 2**20 + b'"') == (
        413,
        "RequestEntityTooLargeException",
        "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
    )


def test_the_largest_event_arrives_whole(lam, logs, functions):
    name = functions.create()
    event = {"do": "announce", "line": "whole", "seconds": 0, "padding": ""}
    event["padding"] = "a" * (2**20 - len(json.dumps(event)))
    lam.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert "whole\n" in [found["message"] for found in events(logs, name, 1)]


@pytest.mark.parametrize("retries", [2, 0])
def test_an_error_is_tried_again_as_often_as_the_configuration_says(start, retries):
    server = start(QUICK)
    lam, logs = server.client("lambda"), server.client("logs")
    name = Functions(lam).create()
    if retries != 2:
        lam.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=retries)
    answer = lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"do": "raise"}')
    found = events(logs, name, retries + 1)
    assert set(requests(found, "START")) == {answer["ResponseMetadata"]["RequestId"]}
    # The next event starts after the first one was given up, so no further attempt hides behind this look.
    lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"do": "sleep", "seconds": 1}')
    assert len(requests(events(logs, name, retries + 2), "START")) == retries + 2


def test_what_was_accepted_runs_though_the_server_is_killed(start):
    server = start(QUICK)
    lam = server.client("lambda")
    name = Functions(lam).create(Timeout=30)
    accepted = []
    for _ in range(6):
        answer = lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"do": "sleep", "seconds": 5}')
        accepted.append(answer["ResponseMetadata"]["RequestId"])
    # Some have begun to sleep, some have not, and none has ended.
    server.kill()
    server.start()
    found = events(server.client("logs"), name, len(accepted))
    assert set(requests(found, "REPORT")) == set(accepted)
