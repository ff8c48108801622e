"""The server itself: starting, stopping, and what it says about the machine."""

import socket
import subprocess
import threading
import time

import packages
from conftest import Functions
from lambkin import BINARY, eventually
from sigv4 import send, signed

LIST = "/2015-03-31/functions"


def test_functions_outlive_a_restart(start):
    server = start()
    functions = Functions(server.client("lambda"))
    name = functions.create(Description="kept", Environment={"Variables": {"KEPT": "yes"}})
    functions.client.publish_version(FunctionName=name)
    functions.invoke(name, {"do": "log", "lines": ["kept"]})
    before = functions.client.get_function_configuration(FunctionName=name)
    assert server.stop() == 0

    server.start()
    functions.client = server.client("lambda")
    after = functions.client.get_function_configuration(FunctionName=name)
    assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}
    assert functions.invoke(name, {"do": "environment"}).payload["KEPT"] == "yes"
    assert functions.invoke(name, {"do": "echo", "value": 1}, Qualifier="1").payload == 1
    messages = str(server.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"])
    assert "kept" in messages


def test_sigterm_lets_running_invocations_finish(start):
    server = start()
    functions = Functions(server.client("lambda"))
    name = functions.create(Timeout=30)
    functions.invoke(name, {"do": "echo"})
    answers = []
    thread = threading.Thread(target=lambda: answers.append(functions.invoke(name, {"do": "announce", "line": "begun", "seconds": 3})))
    thread.start()
    group = f"/aws/lambda/{name}"
    logs = server.client("logs")

    def begun():
        events = logs.filter_log_events(logGroupName=group)["events"]
        return any(event["message"] == "begun\n" for event in events)

    eventually("the second invocation has begun", begun)
    assert server.stop() == 0
    thread.join()
    assert answers[0].payload == {"slept": 3}


def test_a_second_server_on_the_same_data_is_refused(start):
    server = start()
    run = subprocess.run(
        [BINARY, "start", "--listen", "127.0.0.1:0", "--data-dir", server.data, "--config", server.config],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode != 0
    assert "ready" not in run.stdout
    assert "another server runs with the same directory" in run.stderr
    Functions(server.client("lambda")).create()


def test_a_wrong_configuration_is_named(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("[limits]\nconcurent-executions = 3\n")
    run = subprocess.run(
        [BINARY, "start", "--listen", "127.0.0.1:0", "--data-dir", tmp_path / "data", "--config", config],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode != 0
    assert "concurent-executions" in run.stderr


def test_doctor_reports_isolation_and_runtimes(server):
    run = subprocess.run([BINARY, "doctor"], capture_output=True, text=True, timeout=60)
    said = run.stdout.lower()
    for word in ("cgroup", "namespace", "seccomp", "python", "node", "provided.al2023"):
        assert word in said, f"doctor does not speak of {word}:\n{run.stdout}{run.stderr}"


def test_an_unknown_path_is_an_unknown_operation(server):
    env = server.environment()
    for method, path in (("GET", "/2015-03-31/nothing"), ("PATCH", LIST), ("GET", "/")):
        answer = send(env, method, path, headers=signed(env, method, path))
        assert 400 <= answer.status < 500
        assert "x-amzn-requestid" in answer.headers


def test_a_body_that_is_no_json_is_a_client_error(server):
    env = server.environment()
    for body in (b"{", b"[]", b'{"FunctionName": 7}', b"\xff\xfe"):
        answer = send(env, "POST", LIST, body, signed(env, "POST", LIST, body))
        assert answer.status == 400, (body, answer.body)
        assert answer.kind


def test_old_paths_with_a_slash_at_the_end_still_work(server):
    env = server.environment()
    path = LIST + "/"
    assert send(env, "GET", path, headers=signed(env, "GET", path)).status == 200


def test_bytes_that_are_no_http_do_no_harm(server):
    host, port = server.endpoint.removeprefix("http://").split(":")
    for junk in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\x00" * 10_000, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100_000):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            try:
                connection.sendall(junk)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except OSError:
                # The server may hang up before it has read everything.
                pass
    assert send(server.environment(), "GET", "/_lambkin/health").status == 200


def test_a_slow_client_does_not_hold_up_others(server):
    host, port = server.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"POST /2015-03-31/functions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n{")
        began = time.monotonic()
        assert send(server.environment(), "GET", "/_lambkin/health").status == 200
        assert time.monotonic() - began < 10


def test_many_functions_answer_side_by_side(server):
    functions = Functions(server.client("lambda"))
    package = packages.guest("bootstrap.sh", "bootstrap")
    names = [
        functions.create(Runtime="provided.al2023", Handler="x", Code={"ZipFile": package}) for _ in range(8)
    ]
    results = {}

    def call(name):
        results[name] = [functions.invoke(name, {"number": number}).payload["event"]["number"] for number in range(5)]

    threads = [threading.Thread(target=call, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {name: list(range(5)) for name in names}
    functions.delete_all()


def test_who_reads_that_it_is_ready_may_end_it_at_once(start):
    server = start()
    assert server.stop() == 0
    for _ in range(8):
        assert server.start().stop() == 0
