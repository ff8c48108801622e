"""Execution environments: their reuse, their number, what a function sees, and where it cannot reach."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Functions, refused
from lambkin import eventually


def test_an_environment_is_used_again(functions):
    name = functions.create()
    first = functions.invoke(name, {"do": "context"}).payload["log_stream_name"]
    assert [functions.invoke(name, {"do": "count"}).payload for _ in range(5)] == [2, 3, 4, 5, 6]
    assert functions.invoke(name, {"do": "context"}).payload["log_stream_name"] == first


def test_simultaneous_invocations_get_environments_of_their_own(functions):
    name = functions.create()

    def stream(_):
        functions.invoke(name, {"do": "sleep", "seconds": 1})
        return functions.invoke(name, {"do": "context"}).payload["log_stream_name"]

    with ThreadPoolExecutor(8) as threads:
        # All eight sleep at the same time, so eight environments exist.
        began = time.monotonic()
        list(threads.map(lambda _: functions.invoke(name, {"do": "sleep", "seconds": 2}), range(8)))
        assert time.monotonic() - began < 8 * 2, "they did not take turns"
        assert len(set(threads.map(stream, range(8)))) > 1


def test_an_update_retires_the_old_environments(lam, functions):
    name = functions.create()
    assert functions.invoke(name, {"do": "count"}).payload == 1
    lam.update_function_configuration(FunctionName=name, Environment={"Variables": {"NEW": "yes"}})
    functions.settled(name)
    assert functions.invoke(name, {"do": "environment"}).payload["NEW"] == "yes"
    assert functions.invoke(name, {"do": "count"}).payload == 2


def test_the_variables_are_lambdas(functions):
    name = functions.create(Environment={"Variables": {"COLOUR": "blue", "TZ": "Europe/Berlin"}})
    found = functions.invoke(name, {"do": "environment"}).payload
    runtime = functions.client.get_function_configuration(FunctionName=name)["Runtime"]
    expected = {
        "COLOUR": "blue",
        "TZ": "Europe/Berlin",
        "_HANDLER": "guest.handler",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "PYTHONPATH": "/var/runtime",
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found["LD_LIBRARY_PATH"].startswith("/var/lang/lib:")
    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert found["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert "AWS_LAMBDA_LOG_FORMAT" not in found
    strangers = {key for key in found if key in os.environ and key not in {*expected, "LD_LIBRARY_PATH", "HOME", "PWD"}}
    assert not {key for key in strangers if found[key] == os.environ[key]} - {"SHLVL", "LC_CTYPE", "_"}


def test_only_tmp_can_be_written(functions):
    name = functions.create()
    for path in ("/var/task/x", "/var/runtime/x", "/opt/x", "/x", "/etc/x", "/usr/x"):
        answer = functions.invoke(name, {"do": "write", "path": path, "text": "x"})
        assert answer.payload["errorType"] in ("OSError", "PermissionError"), path
    assert functions.invoke(name, {"do": "write", "path": "/tmp/x", "text": "mine"}).error is None
    assert functions.invoke(name, {"do": "read", "path": "/tmp/x"}).payload == "mine"


def test_the_user_is_nobody_of_the_host(functions):
    name = functions.create()
    identity = functions.invoke(name, {"do": "identity"}).payload
    assert identity["uid"] != 0
    assert identity["cwd"] == "/var/task"
    assert identity["pid"] < 20, "the process is among the first of a process tree of its own"
    processes = [entry for entry in functions.invoke(name, {"do": "list", "path": "/proc"}).payload if entry.isdigit()]
    assert len(processes) < 10


def test_the_hosts_files_are_out_of_reach(functions, server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the host's")
    name = functions.create()
    for path in (secret, server.config, "/root/.bashrc", "/etc/shadow", f"/proc/{server.process.pid}/environ"):
        assert functions.invoke(name, {"do": "read", "path": str(path)}).payload in (
            "FileNotFoundError",
            "PermissionError",
            "NotADirectoryError",
        ), path


def test_the_hosts_loopback_services_are_out_of_reach(functions, server):
    name = functions.create()
    port = int(server.endpoint.rsplit(":", 1)[1])
    assert functions.invoke(name, {"do": "connect", "host": "127.0.0.1", "port": port}).payload != "connected"
    assert functions.invoke(name, {"do": "connect", "host": "127.0.0.1", "port": 9001}).payload == "connected"


def test_two_functions_do_not_share_files(functions):
    one, two = functions.create(), functions.create()
    functions.invoke(one, {"do": "write", "path": "/tmp/shared", "text": "x"})
    assert functions.invoke(two, {"do": "read", "path": "/tmp/shared"}).payload == "FileNotFoundError"


def test_tmp_has_the_size_that_was_asked_for(functions):
    code_limit_mib = 512
    name = functions.create()
    statvfs = "import os\ndef handler(e, c):\n s = os.statvfs('/tmp'); return s.f_blocks * s.f_frsize // 2**20\n"
    import packages

    sizes = functions.create(Code={"ZipFile": packages.zipped({"guest.py": statvfs})})
    assert code_limit_mib * 0.9 <= functions.invoke(sizes).payload <= code_limit_mib * 1.05
    assert functions.invoke(name, {"do": "list", "path": "/tmp"}).payload == []


@pytest.mark.parametrize("limit", [2])
def test_the_concurrency_limit_throttles(start, limit):
    server = start({"limits": {"concurrent-executions": limit}})
    functions = Functions(server.client("lambda"))
    assert functions.client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == limit
    name = functions.create(Timeout=30)
    busy = functions.client.exceptions.TooManyRequestsException

    def occupy():
        # A look from below may be in the way for a moment.
        while True:
            try:
                return functions.invoke(name, {"do": "sleep", "seconds": 5})
            except busy:
                continue

    sleepers = [threading.Thread(target=occupy) for _ in range(limit)]
    for sleeper in sleepers:
        sleeper.start()

    def throttled():
        try:
            functions.invoke(name, {"do": "echo"})
        except busy as error:
            return error.response
        return None

    answer = eventually("the limit is reached", throttled)
    for sleeper in sleepers:
        sleeper.join()
    assert functions.invoke(name, {"do": "echo", "value": "free again"}).payload == "free again"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert answer["Error"]["Message"] == "Rate Exceeded."
    assert answer["Reason"] == "ConcurrentInvocationLimitExceeded"
    assert answer["Type"] == "User"


def test_idle_environments_go_away(start):
    server = start({"limits": {"idle-timeout": "1s"}})
    functions = Functions(server.client("lambda"))
    name = functions.create()
    functions.invoke(name, {"do": "count"})
    first = functions.invoke(name, {"do": "context"}).payload["log_stream_name"]
    # Each look keeps the environment alive, so look with growing pauses.
    pause = 1.0
    while functions.invoke(name, {"do": "context"}).payload["log_stream_name"] == first:
        assert pause < 20, "it never went away"
        pause *= 2
        threading.Event().wait(pause)


def test_unused_functions_do_not_disturb_a_deletion(lam, functions):
    name = functions.create()
    functions.invoke(name, {"do": "echo"})
    lam.delete_function(FunctionName=name)
    assert refused(lam.invoke, FunctionName=name).status == 404
