"""Functions that fail, in every way they can: the caller's exact answer, the log, and what the next invocation finds."""

import re

import packages
import pytest
from conftest import NODES, PYTHON
from lambkin import eventually


def platform_error(answer, kind, message):
    """The whole payload of an error that the platform made, byte for byte."""
    text = f'{{"errorType":"{kind}","errorMessage":"RequestId: {answer.request_id} Error: {message}"}}'
    assert answer.raw.decode() == text
    assert (answer.status, answer.error) == (200, "Unhandled")


def report(answer):
    """What follows the memory in the REPORT line."""
    line = next(line for line in answer.log.split("\n") if line.startswith("REPORT"))
    return re.search(r"Max Memory Used: \d+ MB(.*)$", line)[1]


def test_an_exception_is_the_runtimes_own_answer(kitchen):
    answer = kitchen({"do": "raise", "message": "kaputt"}, LogType="Tail")
    assert (answer.status, answer.error, answer.version) == (200, "Unhandled", "$LATEST")
    trace = answer.payload.pop("stackTrace")
    assert answer.payload == {"errorMessage": "kaputt", "errorType": "CustomError", "requestId": answer.request_id}
    assert 'File "/var/task/guest.py", line' in trace[-1]
    assert "[ERROR] CustomError: kaputt" in answer.log
    assert "Status" not in report(answer)


def test_globals_survive_an_exception(functions):
    name = functions.create()
    assert functions.invoke(name, {"do": "count"}).payload == 1
    functions.invoke(name, {"do": "raise"})
    assert functions.invoke(name, {"do": "count"}).payload == 3


def test_a_result_that_is_no_json_is_a_marshal_error(kitchen):
    answer = kitchen({"do": "unserialisable"})
    assert answer.payload["errorType"] == "Runtime.MarshalError"
    assert answer.payload["errorMessage"].startswith("Unable to marshal response: Object of type set is not")


def test_a_timeout_stops_the_function_and_keeps_its_files(functions):
    name = functions.create(Timeout=1)
    functions.invoke(name, {"do": "write", "path": "/tmp/kept", "text": "still here"})
    answer = functions.invoke(name, {"do": "sleep", "seconds": 30}, LogType="Tail")
    platform_error(answer, "Sandbox.Timedout", "Task timed out after 1.00 seconds")
    assert report(answer) == "\tStatus: timeout"
    after = functions.invoke(name, {"do": "count"}, LogType="Tail")
    assert after.payload == 1, "the process is a new one"
    assert "Init Duration" not in after.log
    assert functions.invoke(name, {"do": "read", "path": "/tmp/kept"}).payload == "still here"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"do": "exit", "status": 0}, "Runtime exited without providing a reason"),
        ({"do": "sys_exit", "status": 0}, "Runtime exited without providing a reason"),
        ({"do": "exit", "status": 7}, "Runtime exited with error: exit status 7"),
        ({"do": "kill", "signal": "SIGKILL"}, "Runtime exited with error: signal: killed"),
        ({"do": "kill", "signal": "SIGSEGV"}, "Runtime exited with error: signal: segmentation fault"),
        ({"do": "kill", "signal": "SIGABRT"}, "Runtime exited with error: signal: aborted"),
        ({"do": "kill", "signal": "SIGTERM"}, "Runtime exited with error: signal: terminated"),
    ],
)
def test_the_end_of_the_process_is_reported(functions, event, message):
    name = functions.create()
    answer = functions.invoke(name, event, LogType="Tail")
    platform_error(answer, "Runtime.ExitError", message)
    assert report(answer).endswith("\tStatus: error\tError Type: Runtime.ExitError")
    assert functions.invoke(name, {"do": "count"}).payload == 1, "the next invocation starts afresh"


def test_memory_ends_where_the_configuration_says(functions):
    name = functions.create(MemorySize=128)
    answer = functions.invoke(name, {"do": "allocate", "mib": 400}, LogType="Tail")
    platform_error(answer, "Runtime.ExitError", "Runtime exited with error: signal: killed")
    assert "Max Memory Used: 128 MB" in answer.log
    assert report(answer).endswith("\tStatus: error\tError Type: Runtime.OutOfMemory")
    assert functions.invoke(name, {"do": "allocate", "mib": 8}).payload == 8 * 1024 * 1024


def test_a_response_over_six_megabytes_is_an_error(functions):
    name = functions.create()
    # The JSON string's quotes count as well.
    assert functions.invoke(name, {"do": "big", "bytes": 6291556 - 2}).error is None
    answer = functions.invoke(name, {"do": "big", "bytes": 6291556 - 1})
    assert answer.error == "Unhandled"
    assert answer.payload == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert functions.invoke(name, {"do": "echo", "value": 1}).payload == 1


INIT_ERRORS = {
    "missing module": (
        "import absent_module\ndef handler(e, c): pass\n",
        "guest.handler",
        ("Runtime.ImportModuleError", "Unable to import module 'guest': No module named 'absent_module'"),
    ),
    "missing file": ("", "other.handler", ("Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'")),
    "missing function": ("", "guest.handler", ("Runtime.HandlerNotFound", "Handler 'handler' missing on module 'guest'")),
    "syntax": ("def handler(:\n", "guest.handler", ("Runtime.UserCodeSyntaxError", "Syntax error in module 'guest': ")),
    "no dot": ("", "handler", ("Runtime.MalformedHandlerName", "Bad handler 'handler': not enough values to unpack (expected 2, got 1)")),
    "exception": ("raise ValueError('at import')\n", "guest.handler", ("ValueError", "at import")),
}


@pytest.mark.parametrize("what", INIT_ERRORS)
def test_an_init_error_is_the_runtimes_own_answer(functions, what):
    code, handler, (kind, message) = INIT_ERRORS[what]
    name = functions.create(Code={"ZipFile": packages.zipped({"guest.py": code})}, Handler=handler)
    answer = functions.invoke(name, LogType="Tail")
    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.payload["errorType"] == kind
    assert answer.payload["errorMessage"].startswith(message)
    assert answer.payload["requestId"] == ""
    # Types that are not the platform's own are all one to it.
    normalised = kind if kind.startswith("Runtime.") else "Runtime.Unknown"
    assert f"\tStatus: error\tError Type: {normalised}" in report(answer)


def test_an_exit_during_init_is_tried_again_and_reported(functions, logs):
    code = "import sys\nprint('about to leave')\nsys.exit(3)\n"
    name = functions.create(Code={"ZipFile": packages.zipped({"guest.py": code})})
    answer = functions.invoke(name)
    platform_error(answer, "Runtime.ExitError", "Runtime exited with error: exit status 3")

    def messages():
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        found = [event["message"] for event in events]
        return found if any(message.startswith("REPORT") for message in found) else None

    lines = eventually("the log is there", messages)
    assert lines.count("about to leave\n") == 2
    phases = [re.search(r"Phase: (\w+)\tStatus: (\w+)\tError Type: (\S+)", line) for line in lines if "INIT_REPORT" in line]
    assert [phase.groups() for phase in phases] == [
        ("init", "error", "Runtime.ExitError"),
        ("invoke", "error", "Runtime.ExitError"),
    ]


def test_a_slow_init_is_done_again_inside_the_invocation(start):
    from conftest import Functions

    functions = Functions(start({"limits": {"init-timeout": "1s"}}).client("lambda"))
    code = (
        "import os, time\n"
        "first = not os.path.exists('/tmp/second')\n"
        "open('/tmp/second', 'w').close()\n"
        "time.sleep(30 if first else 0)\n"
        "def handler(event, context): return 'late'\n"
    )
    name = functions.create(Code={"ZipFile": packages.zipped({"guest.py": code})}, Timeout=20)
    assert functions.invoke(name).payload == "late"


def test_a_missing_bootstrap_is_named(functions):
    name = functions.create(
        Runtime="provided.al2023", Handler="none", Code={"ZipFile": packages.zipped({"readme": "nothing to run"})}
    )
    answer = functions.invoke(name)
    platform_error(
        answer, "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    )


@pytest.mark.parametrize(("wrapper", "status"), [("/opt/absent", 127), ("/var/task/plain", 126)])
def test_a_wrapper_that_cannot_run_is_reported(functions, wrapper, status):
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("guest.py", "def handler(event, context): return 1\n")
        archive.writestr("plain", "not executable")
    name = functions.create(
        Code={"ZipFile": out.getvalue()}, Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": wrapper}}
    )
    platform_error(functions.invoke(name), "Runtime.ExitError", f"Runtime exited with error: exit status {status}")


def test_a_node_exception_is_the_runtimes_own_answer(functions):
    name = functions.create(
        Runtime=NODES[-1], Handler="guest.handler", Code={"ZipFile": packages.guest("kitchen.mjs", "guest.mjs")}
    )
    answer = functions.invoke(name, {"do": "raise"})
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "TypeError"
    assert answer.payload["errorMessage"] == "some_error_msg"
    assert answer.payload["trace"][0] == "TypeError: some_error_msg"
    answer = functions.invoke(name, {"do": "exit", "status": 5})
    assert answer.error == "Unhandled"


def test_a_runtime_that_this_machine_lacks_says_how_to_add_it(start, tmp_path):
    from conftest import Functions, refused

    empty = tmp_path / "no-runtimes"
    empty.mkdir()
    functions = Functions(start({"runtimes-dir": str(empty)}).client("lambda"))
    request = functions.request()
    error = refused(functions.client.create_function, **request)
    assert error.status == 400
    assert f"lambkin runtimes add {PYTHON}" in error.message
