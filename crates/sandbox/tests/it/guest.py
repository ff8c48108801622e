#!/usr/bin/python3
"""A guest that speaks the Runtime API by hand and does what its events tell it to."""

import ctypes
import http.client
import json
import os
import signal
import socket
import sys
import time

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
counter = 0


def call(method, path, body=None, headers={}):
    api.request(method, "/2018-06-01/runtime/" + path, body, headers)
    answer = api.getresponse()
    return answer, answer.read()


def stream(event, request_id):
    """Posts piece by piece, by hand: the library knows no trailers."""
    stream_api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    stream_api.putrequest("POST", f"/2018-06-01/runtime/invocation/{request_id}/response")
    stream_api.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    stream_api.putheader("Transfer-Encoding", "chunked")
    stream_api.putheader("Content-Type", "text/x")
    stream_api.endheaders()
    piece = event.get("piece", "x" * event.get("bytes", 0)).encode()
    for _ in range(event["pieces"]):
        stream_api.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    if event.get("then") == "hang":
        time.sleep(3600)
    if event.get("then") == "exit":
        os._exit(5)
    trailers = "".join(f"{name}: {value}\r\n" for name, value in event.get("trailers", {}).items())
    stream_api.send(b"0\r\n" + trailers.encode() + b"\r\n")
    answer = stream_api.getresponse()
    print("streamed:", answer.status, answer.read().decode().strip(), flush=True)
    stream_api.close()


def answer_and_exit(request_id):
    """Ends without waiting to hear that the answer has come."""
    body = b'"last words"'
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    connection = socket.create_connection((host, int(port)))
    head = f"POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    os._exit(5)


def fail_init(kind):
    if kind == "exit":
        sys.exit(7)
    if kind == "report":
        call("POST", "init/error", b'{"errorMessage":"no","errorType":"Mine"}', {"Lambda-Runtime-Function-Error-Type": "Function.Mine"})
        sys.exit(1)
    if kind == "hang-once" and not os.path.exists("/tmp/hung"):
        open("/tmp/hung", "w").close()
        time.sleep(3600)


def work(event, request_id):
    global counter
    counter += 1
    do = event.get("do")
    if do == "count":
        return {"counter": counter, "files": sorted(os.listdir("/tmp"))}
    if do == "hang":
        time.sleep(3600)
    if do == "touch-and-hang":
        open("/tmp/kept", "w").close()
        print("about to hang", flush=True)
        time.sleep(3600)
    if do == "answer-and-exit":
        answer_and_exit(request_id)
    if do == "exit":
        os._exit(event["status"])
    if do == "signal":
        os.kill(os.getpid(), event["signal"])
        time.sleep(3600)
    if do == "segfault":
        ctypes.string_at(0)
    if do == "eat":
        hog = bytearray(event["mib"] * 1024 * 1024)
        return len(hog)
    if do == "print":
        sys.stdout.write(event["text"])
        sys.stdout.flush()
        return None
    if do == "environ":
        return dict(os.environ)
    if do == "large":
        return "x" * event["bytes"]
    if do == "wrong-id":
        answer, body = call("POST", "invocation/00000000-0000-0000-0000-000000000000/response", b"1")
        return {"status": answer.status, "body": json.loads(body)}
    if do == "init-error-late":
        answer, body = call("POST", "init/error", b"{}")
        return {"status": answer.status, "body": json.loads(body)}
    if do == "next-twice":
        answer, body = call("GET", "invocation/next")
        return {"same": answer.headers["Lambda-Runtime-Aws-Request-Id"] == request_id}
    return event


fail_init(os.environ.get("FAIL_INIT"))
while True:
    answer, event = call("GET", "invocation/next")
    request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(event)
    if event.get("do") == "stream":
        stream(event, request_id)
    elif event.get("do") == "raise":
        call("POST", f"invocation/{request_id}/error", b'{"errorMessage":"oops","errorType":"Oops"}')
    else:
        call("POST", f"invocation/{request_id}/response", json.dumps(work(event, request_id)).encode())
    if event.get("do") == "exit-after-answer":
        os._exit(3)
