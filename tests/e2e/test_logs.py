"""What functions log, read back through CloudWatch Logs."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ACCOUNT, NODES, REGION, refused
from lambkin import eventually

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def events(logs, name, reports):
    """All events of a function's group, once `reports` invocations have been written to their end."""

    def look():
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
            found = [event for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return None
        done = sum(event["message"].startswith("REPORT") for event in found)
        return found if done >= reports else None

    return eventually(f"{reports} REPORT lines of {name}", look)


def test_an_invocation_leaves_its_lines_in_order(logs, functions):
    name = functions.create()
    answer = functions.invoke(name, {"do": "log", "lines": ["first", "", "grüße"]})
    messages = [event["message"] for event in events(logs, name, 1)]
    patterns = [
        rf"INIT_START Runtime Version: python:\S+\tRuntime Version ARN: arn:aws:lambda:{REGION}::runtime:[0-9a-f]{{64}}\n",
        r"initialised\n",
        rf"START RequestId: {answer.request_id} Version: \$LATEST\n",
        r"first\n",
        r"\n",
        r"grüße\n",
        rf"\[WARNING\]\t\S+Z\t{answer.request_id}\ta warning\n?",
        rf"END RequestId: {answer.request_id}\n",
        rf"REPORT RequestId: {answer.request_id}\tDuration: .* ms\t\n",
    ]
    assert len(messages) == len(patterns), messages
    for message, pattern in zip(messages, patterns):
        assert re.fullmatch(pattern, message), (message, pattern)


def test_lines_can_be_read_while_the_function_runs(logs, functions):
    name = functions.create(Timeout=30)
    functions.invoke(name, {"do": "echo"})
    events(logs, name, 1)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(functions.invoke, name, {"do": "announce", "line": "half-way", "seconds": 8})

        def seen():
            return [event["message"] for event in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]]

        eventually("the line is there", lambda: "half-way\n" in seen(), patience=7)
        assert not running.done()
        assert sum(message.startswith("START") for message in seen()) == 2
        assert running.result().payload == {"slept": 8}


def test_groups_and_streams_describe_themselves(logs, functions):
    name = functions.create()
    functions.invoke(name, {"do": "echo"})
    group = f"/aws/lambda/{name}"
    found = events(logs, name, 1)
    described = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [item["logGroupName"] for item in described] == [group]
    assert described[0]["arn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    assert described[0]["logGroupArn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    assert described[0]["metricFilterCount"] == 0
    assert described[0]["logGroupClass"] == "STANDARD"
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])
    assert stream["firstEventTimestamp"] == found[0]["timestamp"]
    assert stream["lastEventTimestamp"] == found[-1]["timestamp"]
    assert {event["logStreamName"] for event in found} == {stream["logStreamName"]}


def test_get_log_events_pages_both_ways(logs, functions):
    name = functions.create()
    functions.invoke(name, {"do": "log", "lines": [f"line {number}" for number in range(25)]})
    expected = [event["message"] for event in events(logs, name, 1)]
    group = f"/aws/lambda/{name}"
    stream = logs.describe_log_streams(logGroupName=group)["logStreams"][0]["logStreamName"]
    where = {"logGroupName": group, "logStreamName": stream, "limit": 7}

    forward, page = [], logs.get_log_events(**where, startFromHead=True)
    while page["events"]:
        forward += [event["message"] for event in page["events"]]
        page = logs.get_log_events(**where, nextToken=page["nextForwardToken"])
    assert forward == expected
    assert logs.get_log_events(**where, nextToken=page["nextForwardToken"])["nextForwardToken"] == page["nextForwardToken"]

    backward, page = [], logs.get_log_events(**where)
    while page["events"]:
        backward = [event["message"] for event in page["events"]] + backward
        page = logs.get_log_events(**where, nextToken=page["nextBackwardToken"])
    assert backward == expected


def test_filtering_by_pattern_time_and_stream(logs, functions):
    name = functions.create()
    functions.invoke(name, {"do": "log", "lines": ["apple pie", "banana", "apple juice"]})
    found = events(logs, name, 1)
    group = f"/aws/lambda/{name}"

    def messages(**options):
        return [event["message"] for event in logs.filter_log_events(logGroupName=group, **options)["events"]]

    assert messages(filterPattern="apple") == ["apple pie\n", "apple juice\n"]
    assert messages(filterPattern='"apple juice"') == ["apple juice\n"]
    assert messages(startTime=found[-1]["timestamp"] + 1) == []
    assert messages(endTime=found[0]["timestamp"] - 1) == []
    assert messages(logStreamNames=[found[0]["logStreamName"]]) == [event["message"] for event in found]
    assert len({event["eventId"] for event in found}) == len(found)


def test_every_environment_has_a_stream(lam, logs, functions):
    name = functions.create()
    functions.invoke(name, {"do": "echo"})
    lam.update_function_configuration(FunctionName=name, Description="a new environment")
    functions.settled(name)
    functions.invoke(name, {"do": "echo"})
    assert len({event["logStreamName"] for event in events(logs, name, 2)}) == 2


def test_a_group_of_ones_own(logs, functions):
    name = functions.create(LoggingConfig={"LogGroup": "/of/my/own"})
    functions.invoke(name, {"do": "echo"})

    def streams():
        try:
            return logs.describe_log_streams(logGroupName="/of/my/own")["logStreams"]
        except logs.exceptions.ResourceNotFoundException:
            return None

    (stream,) = eventually("the group is there", streams)
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{name}\[\$LATEST\][0-9a-f]{{32}}", stream["logStreamName"])


@pytest.mark.skipif(not NODES, reason="no Node runtime is provisioned")
def test_console_lines_carry_level_and_request(logs, functions):
    import packages

    name = functions.create(Runtime=NODES[-1], Code={"ZipFile": packages.guest("kitchen.mjs", "guest.mjs")})
    answer = functions.invoke(name, {"do": "log", "lines": ["hello"]})
    assert any(
        re.fullmatch(rf"\S+Z\t{answer.request_id}\tINFO\thello\n?", event["message"]) for event in events(logs, name, 1)
    )


def test_unknown_groups_and_streams_are_not_found(logs, functions):
    for call, options in (
        (logs.filter_log_events, {}),
        (logs.describe_log_streams, {}),
        (logs.get_log_events, {"logStreamName": "s"}),
    ):
        error = refused(call, logGroupName="/absent", **options)
        assert (error.status, error.code) == (400, "ResourceNotFoundException")
        assert error.message == "The specified log group does not exist."


def test_the_logs_outlive_the_function(lam, logs, functions):
    name = functions.create()
    functions.invoke(name, {"do": "echo"})
    before = events(logs, name, 1)
    lam.delete_function(FunctionName=name)
    assert events(logs, name, 1) == before
