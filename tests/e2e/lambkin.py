"""Starts and stops the server under test, as a user would."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import boto3
from botocore.config import Config

BINARY = os.environ["LAMBKIN_BINARY"]
RUNTIMES = pathlib.Path(os.environ["LAMBKIN_RUNTIMES"])
PATIENCE_SECONDS = 30

# On a busy machine a guest may need longer than usual between its answer and its next request; the tests that
# count environments must not see a second one because of that.
DEFAULTS = {"runtimes-dir": str(RUNTIMES), "engine": {"settle-grace": "5s"}}


def eventually(what, check, patience=PATIENCE_SECONDS):
    """Returns the first true answer of `check`; fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.02)


def toml(tables):
    """Writes {"key": value, "table": {"key": value}} as TOML."""
    plain = [f"{key} = {json.dumps(value)}" for key, value in tables.items() if not isinstance(value, dict)]
    rest = [
        "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())])
        for name, table in tables.items()
        if isinstance(table, dict)
    ]
    return "\n".join([*plain, *rest]) + "\n"


class Lambkin:
    """One server with its data directory; it can be stopped and started again."""

    def __init__(self, home, config=None, arguments=()):
        self.home = pathlib.Path(home)
        self.data = self.home / "data"
        self.config = self.home / "config.toml"
        self.config.write_text(toml({**DEFAULTS, **(config or {})}))
        self.arguments = arguments
        self.process = None
        self.endpoint = None

    def start(self):
        self.log = open(self.home / "lambkin.log", "a")
        self.process = subprocess.Popen(
            [BINARY, "start", "--listen", "127.0.0.1:0", "--data-dir", self.data, "--config", self.config, *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        line = self.process.stdout.readline()
        ready = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", line)
        assert ready, f"no ready line but {line!r}; {self.tail()}"
        self.endpoint = ready[1]
        # Whatever else it prints must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        return self

    def stop(self):
        """Asks for a drain with SIGTERM and returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def tail(self):
        self.log.flush()
        return (self.home / "lambkin.log").read_text()[-3000:]

    def environment(self):
        """The variables that `lambkin env` exports, with this run's address."""
        text = subprocess.run(
            [BINARY, "env", "--data-dir", self.data], check=True, capture_output=True, text=True
        ).stdout
        variables = dict(re.findall(r"^export (\w+)=[\"']?([^\"'\n]*)[\"']?$", text, re.MULTILINE))
        assert set(variables) == {
            "AWS_ENDPOINT_URL",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_DEFAULT_REGION",
        }
        return {**variables, "AWS_ENDPOINT_URL": self.endpoint}

    def client(self, service, **options):
        """A boto3 client that neither retries nor checks parameters itself: the server has to."""
        env = self.environment()
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=env["AWS_DEFAULT_REGION"],
            aws_access_key_id=options.pop("key", env["AWS_ACCESS_KEY_ID"]),
            aws_secret_access_key=options.pop("secret", env["AWS_SECRET_ACCESS_KEY"]),
            config=Config(
                retries={"total_max_attempts": 1},
                parameter_validation=False,
                read_timeout=60,
                max_pool_connections=64,
                **options,
            ),
        )
