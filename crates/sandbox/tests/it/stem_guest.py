#!/usr/bin/python3
"""A runtime that can be started ahead of demand, and tells whether it was."""

import http.client
import json
import os
import sys

ahead = False
try:
    os.fstat(63)
    ahead = True
except OSError:
    pass
if ahead:
    if os.path.exists("/var/runtime/ends"):
        sys.exit(0)
    os.write(63, b".")
    if os.path.exists("/var/runtime/dies"):
        sys.exit(0)
    text = b"".join(iter(lambda: os.read(63, 65536), b""))
    os.close(63)
    os.environ.clear()
    os.environ.update(json.loads(text))
    os.chdir("/var/task")

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event = json.loads(answer.read())
    if event.get("do") == "exit":
        os._exit(1)
    seen = {"ahead": ahead, "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"], "code": sorted(os.listdir("."))}
    request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", json.dumps(seen))
    api.getresponse().read()
