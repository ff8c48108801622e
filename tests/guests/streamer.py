#!/usr/bin/python3
"""A custom runtime that streams by hand: it writes what its events tell it to, and fails as they tell it to."""

import base64
import http.client
import json
import os
import time

SPEC = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
count = 0


def call(method, path, body=None):
    SPEC.request(method, "/2018-06-01/runtime/invocation/" + path, body)
    answer = SPEC.getresponse()
    return answer.headers["Lambda-Runtime-Aws-Request-Id"], answer.read()


def stream(request_id, event):
    """Posts each of event["pieces"], a text or a number of bytes, and then ends as event["then"] says."""
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.putrequest("POST", f"/2018-06-01/runtime/invocation/{request_id}/response")
    connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    connection.putheader("Transfer-Encoding", "chunked")
    if "type" in event:
        connection.putheader("Content-Type", event["type"])
    connection.endheaders()
    for piece in event["pieces"]:
        data = piece.encode() if isinstance(piece, str) else b"x" * piece
        connection.send(b"%x\r\n%s\r\n" % (len(data), data))
    if event.get("then") == "hang":
        time.sleep(3600)
    if event.get("then") == "exit":
        os._exit(3)
    trailers = ""
    if event.get("then") == "fail":
        body = base64.b64encode(b'{"errorMessage":"midway","errorType":"Mine"}').decode()
        trailers = f"Lambda-Runtime-Function-Error-Type: Mine\r\nLambda-Runtime-Function-Error-Body: {body}\r\n"
    connection.send(f"0\r\n{trailers}\r\n".encode())
    answer = connection.getresponse()
    print("streamed:", answer.status, answer.read().decode().strip(), flush=True)
    connection.close()


while True:
    request_id, event = call("GET", "next")
    event = json.loads(event)
    # Through a function URL the event is what was sent as its body.
    if "requestContext" in event and event.get("body"):
        event = json.loads(event["body"])
    count += 1
    if event.get("do") == "stream":
        stream(request_id, event)
    elif event.get("do") == "raise":
        call("POST", f"{request_id}/error", b'{"errorMessage":"oops","errorType":"Oops"}')
    elif event.get("do") == "raw":
        call("POST", f"{request_id}/response", event["text"].encode())
    else:
        call("POST", f"{request_id}/response", json.dumps({"count": count, "event": event}).encode())
