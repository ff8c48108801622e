"""Who may ask: Signature Version 4 on every request."""

import datetime
import re
import subprocess

import pytest
from conftest import refused
from lambkin import BINARY
from sigv4 import send, signed

LIST = "/2015-03-31/functions"


@pytest.fixture(scope="module")
def env(server):
    return server.environment()


def test_a_right_signature_is_accepted(env):
    answer = send(env, "GET", LIST, headers=signed(env, "GET", LIST))
    assert answer.status == 200
    assert isinstance(answer.body["Functions"], list)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-requestid"])


def test_query_parameters_are_signed(env):
    headers = signed(env, "GET", LIST, query="MaxItems=1")
    assert send(env, "GET", LIST, headers=headers, query="MaxItems=1").status == 200
    answer = send(env, "GET", LIST, headers=headers, query="MaxItems=2")
    assert (answer.status, answer.kind) == (403, "InvalidSignatureException")


def test_no_signature_is_refused(env):
    answer = send(env, "GET", LIST)
    assert (answer.status, answer.kind) == (403, "MissingAuthenticationTokenException")
    assert answer.body["message"] == "Missing Authentication Token"


MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


def test_a_wrong_secret_is_refused(server):
    error = refused(server.client("lambda", secret="wrong" * 8).list_functions)
    assert (error.status, error.code) == (403, "InvalidSignatureException")
    assert error.message == MISMATCH


def test_an_unknown_key_is_refused(server):
    error = refused(server.client("lambda", key="AKIAIOSFODNN7EXAMPLE").list_functions)
    assert (error.status, error.code) == (403, "UnrecognizedClientException")
    assert error.message == "The security token included in the request is invalid."


@pytest.mark.parametrize("bend", ["signature", "body", "host", "date"])
def test_whatever_is_signed_cannot_be_changed(env, bend):
    path, body = "/2015-03-31/functions/absent/invocations", b'{"a": 1}'
    headers = signed(env, "POST", path, body)
    if bend == "signature":
        last = headers["authorization"][-1]
        headers["authorization"] = headers["authorization"][:-1] + ("0" if last != "0" else "1")
    elif bend == "body":
        body = b'{"a": 2}'
    elif bend == "host":
        headers["host"] = "lambda.example.com"
    else:
        headers["x-amz-date"] = headers["x-amz-date"][:-2] + ("1Z" if headers["x-amz-date"][-2] != "1" else "2Z")
    answer = send(env, "POST", path, body, headers)
    assert (answer.status, answer.kind) == (403, "InvalidSignatureException")


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24, 60 * 24])
def test_a_clock_too_far_away_is_refused(env, minutes):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    answer = send(env, "GET", LIST, headers=signed(env, "GET", LIST, at=at))
    assert (answer.status, answer.kind) == (403, "InvalidSignatureException")
    assert answer.body["message"].startswith("Signature expired: " if minutes < 0 else "Signature not yet current: ")
    assert "date" in answer.headers, "clients correct their clock with it"


def test_a_clock_a_little_off_is_accepted(env):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=4)
    assert send(env, "GET", LIST, headers=signed(env, "GET", LIST, at=at)).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y",
        "Basic dXNlcjpwYXNz",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=, Signature=",
        "AWS4-HMAC-SHA256 " + "," * 5000,
    ],
)
def test_a_malformed_header_is_refused_not_crashed_on(env, authorization):
    headers = {**signed(env, "GET", LIST), "authorization": authorization}
    answer = send(env, "GET", LIST, headers=headers)
    assert answer.status in (400, 403)
    assert answer.kind


def test_health_needs_no_credentials(env):
    assert send(env, "GET", "/_lambkin/health").status == 200


def test_the_caller_is_the_root_of_the_account(server):
    answer = server.client("sts").get_caller_identity()
    assert answer["Account"] == "000000000000"
    assert answer["Arn"] == "arn:aws:iam::000000000000:root"
    assert answer["UserId"] == "000000000000"


def test_the_keys_outlive_a_restart_and_are_private(start):
    server = start()
    before = server.environment()
    server.stop()
    server.start()
    after = server.environment()
    assert {**before, "AWS_ENDPOINT_URL": ""} == {**after, "AWS_ENDPOINT_URL": ""}
    secret = before["AWS_SECRET_ACCESS_KEY"].encode()
    for file in server.data.rglob("*"):
        if file.is_file() and secret in file.read_bytes():
            assert file.stat().st_mode & 0o077 == 0, f"{file} can be read by others"


def test_without_authentication_anyone_on_this_machine_may_ask(start):
    env = start(arguments=["--auth", "off"]).environment()
    assert send(env, "GET", LIST).status == 200


def test_authentication_cannot_be_off_for_the_world(tmp_path):
    run = subprocess.run(
        [BINARY, "start", "--listen", "0.0.0.0:0", "--auth", "off", "--data-dir", tmp_path / "data"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode != 0
    assert "ready" not in run.stdout
    assert "--auth off is refused" in run.stderr
