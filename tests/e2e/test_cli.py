"""The unmodified AWS CLI, both the one of the Python environment (version 1) and the machine's (version 2)."""

import json
import os
import shutil
import subprocess
import sys

import packages
import pytest
from conftest import PYTHON, ROLE
from lambkin import eventually


def version_two():
    """The machine's CLI of version 2, the only one with `logs tail`."""
    for program in (shutil.which("aws"), "/usr/local/bin/aws", "/usr/bin/aws"):
        if program and os.path.exists(program):
            said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
            if said.startswith("aws-cli/2."):
                return program
    pytest.fail("no AWS CLI of version 2; `cargo xtask provision` installs it")


CLIS = {"version 1": lambda: os.path.join(os.path.dirname(sys.executable), "aws"), "version 2": version_two}

# What each exits with when the service refuses a request.
REFUSED = {"version 1": 255, "version 2": 254}


class Cli:
    """The CLI with the variables that `lambkin env` prints, in a folder of its own."""

    def __init__(self, program, server, folder):
        self.program, self.folder, self.endpoint = program, folder, server.endpoint
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            **server.environment(),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def arguments(self, command):
        # Versions before 2.13 do not read AWS_ENDPOINT_URL.
        return [self.program, *command, "--endpoint-url", self.endpoint]

    def __call__(self, *command, status=0):
        run = subprocess.run(
            self.arguments(command), cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=60
        )
        assert run.returncode == status, run.stdout + run.stderr
        return run.stderr if status else json.loads(run.stdout) if run.stdout.strip() else None


@pytest.fixture(params=CLIS)
def aws(request, server, tmp_path):
    (tmp_path / "code.zip").write_bytes(packages.guest("kitchen.py", "guest.py"))
    cli = Cli(CLIS[request.param](), server, tmp_path)
    cli.refused = REFUSED[request.param]
    return cli


def test_the_life_of_a_function(aws, tmp_path):
    name = f"cli-{os.path.basename(tmp_path)}"
    made = aws(
        *["lambda", "create-function", "--function-name", name, "--runtime", PYTHON, "--role", ROLE],
        *["--handler", "guest.handler", "--zip-file", "fileb://code.zip", "--memory-size", "256"],
    )
    assert made["State"] == "Pending"
    aws("lambda", "wait", "function-active-v2", "--function-name", name)
    (tmp_path / "event.json").write_text('{"do": "echo", "value": {"from": "the CLI"}}')
    meta = aws("lambda", "invoke", "--function-name", name, "--payload", "fileb://event.json", "out.json")
    assert meta == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
    assert json.loads((tmp_path / "out.json").read_text()) == {"from": "the CLI"}

    aws("lambda", "update-function-configuration", "--function-name", name, "--timeout", "9")
    aws("lambda", "wait", "function-updated-v2", "--function-name", name)
    assert aws("lambda", "get-function-configuration", "--function-name", name)["Timeout"] == 9
    assert aws("lambda", "publish-version", "--function-name", name)["Version"] == "1"
    versions = aws("lambda", "list-versions-by-function", "--function-name", name)["Versions"]
    assert [item["Version"] for item in versions] == ["$LATEST", "1"]
    assert name in [item["FunctionName"] for item in aws("lambda", "list-functions")["Functions"]]
    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"
    aws("lambda", "delete-function", "--function-name", name)
    error = aws("lambda", "get-function", "--function-name", name, status=aws.refused)
    assert "An error occurred (ResourceNotFoundException) when calling the GetFunction operation" in error


@pytest.fixture
def aws2(server, tmp_path):
    return Cli(version_two(), server, tmp_path)


def test_logs_tail_shows_what_was_logged(aws2, functions):
    name = functions.create()
    functions.invoke(name, {"do": "log", "lines": ["seen by the tail"]})

    def tail():
        command = ["logs", "tail", f"/aws/lambda/{name}", "--since", "5m", "--format", "short"]
        run = subprocess.run(aws2.arguments(command), env=aws2.env, capture_output=True, text=True, timeout=60)
        return run.stdout if "REPORT" in run.stdout else None

    lines = eventually("the REPORT line", tail).splitlines()
    assert any(line.endswith(" seen by the tail") for line in lines)
    assert any(" START RequestId: " in line for line in lines)


def test_logs_tail_follows(aws2, functions):
    name = functions.create()
    functions.invoke(name, {"do": "log", "lines": ["before"]})
    command = ["logs", "tail", f"/aws/lambda/{name}", "--since", "5m", "--follow", "--format", "short"]
    follow = subprocess.Popen(
        aws2.arguments(command), env={**aws2.env, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True
    )
    try:
        seen = []

        def read_until(text):
            for line in follow.stdout:
                seen.append(line)
                if text in line:
                    return
            pytest.fail(f"the tail ended without {text!r}: {seen}")

        read_until("before")
        functions.invoke(name, {"do": "log", "lines": ["after"]})
        read_until("after")
        assert sum("before" in line for line in seen) == 1, "nothing is shown twice"
    finally:
        follow.kill()
        follow.wait()
