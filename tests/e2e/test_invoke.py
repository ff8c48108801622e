"""Synchronous invocations that go well, and requests that never reach the function."""

import base64
import json
import re

import pytest
from conftest import ACCOUNT, REGION, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, "", "grüße ✓ \u2028 \U0001f600", [], {}, {"a": {"b": [1, {"c": None}]}}, "x" * 1_000_000],
    ids=["null", "true", "zero", "float", "empty", "unicode", "list", "object", "nested", "1 MB"],
)
def test_what_goes_in_comes_out(kitchen, value):
    answer = kitchen({"do": "echo", "value": value})
    assert answer.status == 200
    assert answer.error is None
    assert answer.version == "$LATEST"
    assert answer.payload == value


def test_no_payload_is_an_empty_object(lam, kitchen):
    answer = lam.invoke(FunctionName=kitchen.function)
    error = json.loads(answer["Payload"].read())
    assert error["errorMessage"] == "'do'", "the guest looks for the key `do` in {}"


def test_the_answer_carries_the_request_id(kitchen):
    answer = kitchen({"do": "context"})
    assert answer.payload["aws_request_id"] == answer.request_id
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", answer.headers["x-amzn-trace-id"])


def test_the_context_tells_the_function_who_it_is(kitchen):
    name = kitchen.function
    context = kitchen({"do": "context"}).payload
    assert 8_000 < context.pop("remaining") <= 10_000
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context.pop("log_stream_name"))
    context.pop("aws_request_id")
    assert context == {
        "function_name": name,
        "function_version": "$LATEST",
        "invoked_function_arn": ARN + name,
        "memory_limit_in_mb": "256",
        "log_group_name": f"/aws/lambda/{name}",
        "client_context": None,
    }


def test_a_client_context_reaches_the_function(kitchen):
    context = base64.b64encode(json.dumps({"custom": {"colour": "blue"}}).encode()).decode()
    assert kitchen({"do": "context"}, ClientContext=context).payload["client_context"] == {"colour": "blue"}


def test_a_version_is_told_its_number(lam, kitchen):
    lam.publish_version(FunctionName=kitchen.function)
    answer = kitchen({"do": "context"}, Qualifier="1")
    assert answer.version == "1"
    assert answer.payload["function_version"] == "1"
    assert answer.payload["invoked_function_arn"] == f"{ARN}{kitchen.function}:1"


def test_a_dry_run_runs_nothing(lam, kitchen):
    before = kitchen({"do": "count"}).payload
    answer = lam.invoke(FunctionName=kitchen.function, InvocationType="DryRun", Payload=b'{"do": "count"}')
    assert answer["StatusCode"] == 204
    assert answer["Payload"].read() == b""
    assert kitchen({"do": "count"}).payload == before + 1
    assert refused(lam.invoke, FunctionName="absent", InvocationType="DryRun").status == 404


def test_the_tail_is_this_invocations_log(kitchen):
    kitchen({"do": "log", "lines": ["an earlier line"]})
    answer = kitchen({"do": "log", "lines": ["a line", "grüße"]}, LogType="Tail")
    lines = answer.log.splitlines()
    assert lines[0] == f"START RequestId: {answer.request_id} Version: $LATEST"
    assert lines[1:3] == ["a line", "grüße"]
    assert re.fullmatch(rf"\[WARNING\]\t\S+Z\t{answer.request_id}\ta warning", lines[3])
    assert lines[4] == f"END RequestId: {answer.request_id}"
    report = re.fullmatch(
        rf"REPORT RequestId: {answer.request_id}\tDuration: (\d+\.\d\d) ms\tBilled Duration: (\d+) ms\t"
        r"Memory Size: 256 MB\tMax Memory Used: (\d+) MB\t",
        lines[5],
    )
    assert report, lines[5]
    assert float(report[1]) <= int(report[2]) <= float(report[1]) + 1
    assert 5 < int(report[3]) <= 256
    assert len(lines) == 6
    assert kitchen({"do": "echo"}).log is None


def test_a_cold_start_is_in_the_tail(functions):
    answer = functions.invoke(functions.create(), {"do": "echo"}, LogType="Tail")
    assert re.search(r"\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n$", answer.log)


def test_the_tail_is_cut_to_four_kilobytes(kitchen):
    answer = kitchen({"do": "log", "lines": ["x" * 99] * 100}, LogType="Tail")
    assert len(answer.log.encode()) == 4096
    assert "REPORT" in answer.log
    assert "START" not in answer.log


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"value", "Unrecognized token 'value': was expecting"),
        (b'{"a": ', "Unexpected end-of-input"),
        (b"\x87", "Invalid UTF-8 start byte 0x87"),
    ],
)
def test_a_payload_that_is_no_json_is_refused(lam, kitchen, payload, message):
    error = refused(lam.invoke, FunctionName=kitchen.function, Payload=payload)
    assert (error.status, error.code) == (400, "InvalidRequestContentException")
    assert error.message.startswith(
        f"Could not parse request body into json: Could not parse payload into json: {message}"
    )


def test_a_payload_over_six_megabytes_is_refused(lam, kitchen):
    limit = 6291456
    text = b'{"do": "count", "p": "' + b"x" * limit
    error = refused(lam.invoke, FunctionName=kitchen.function, Payload=text[: limit - 1] + b'"}')
    assert (error.status, error.code) == (413, "RequestEntityTooLargeException")
    assert error.message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    largest = text[: limit - 2] + b'"}'
    answer = lam.invoke(FunctionName=kitchen.function, Payload=largest)
    assert "FunctionError" not in answer


def test_an_unknown_function_is_named_with_its_qualifier(lam, kitchen):
    error = refused(lam.invoke, FunctionName="absent")
    assert (error.status, error.code) == (404, "ResourceNotFoundException")
    assert error.message == f"Function not found: {ARN}absent:$LATEST"
    error = refused(lam.invoke, FunctionName=kitchen.function, Qualifier="77")
    assert error.message == f"Function not found: {ARN}{kitchen.function}:77"
