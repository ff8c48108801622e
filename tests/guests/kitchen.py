"""Does what the event says: {"do": "echo" | "sleep" | "raise" | ...}."""

import logging
import os
import signal
import socket
import sys
import time

calls = 0
print("initialised")


class CustomError(Exception):
    pass


def handler(event, context):
    global calls
    calls += 1
    return ACTIONS[event["do"]](event, context)


def fail(event, context):
    raise CustomError(event.get("message", "some_error_msg"))


def sleep(event, context):
    time.sleep(event["seconds"])
    return {"slept": event["seconds"]}


def announce(event, context):
    print(event["line"])
    return sleep(event, context)


def kill(event, context):
    os.kill(os.getpid(), getattr(signal, event["signal"]))
    time.sleep(60)


def allocate(event, context):
    block = bytearray(event["mib"] * 1024 * 1024)
    # Touch every page: untouched ones cost nothing.
    for at in range(0, len(block), 4096):
        block[at] = 1
    return len(block)


def describe(event, context):
    return {
        "function_name": context.function_name,
        "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "aws_request_id": context.aws_request_id,
        "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name,
        "remaining": context.get_remaining_time_in_millis(),
        "client_context": context.client_context.custom if context.client_context else None,
    }


def log(event, context):
    for line in event["lines"]:
        print(line)
    logging.getLogger().warning("a warning")


def write(event, context):
    with open(event["path"], "w") as file:
        file.write(event["text"])


def read(event, context):
    try:
        with open(event["path"]) as file:
            return file.read()
    except OSError as error:
        return type(error).__name__


def connect(event, context):
    try:
        socket.create_connection((event["host"], event["port"]), timeout=2).close()
        return "connected"
    except OSError as error:
        return type(error).__name__


ACTIONS = {
    "echo": lambda event, context: event.get("value"),
    "count": lambda event, context: calls,
    "sleep": sleep,
    "announce": announce,
    "raise": fail,
    "exit": lambda event, context: os._exit(event["status"]),
    "sys_exit": lambda event, context: sys.exit(event["status"]),
    "kill": kill,
    "allocate": allocate,
    "big": lambda event, context: "x" * event["bytes"],
    "unserialisable": lambda event, context: {1, 2},
    "context": describe,
    "log": log,
    "write": write,
    "read": read,
    "connect": connect,
    "environment": lambda event, context: dict(os.environ),
    "identity": lambda event, context: {"uid": os.getuid(), "cwd": os.getcwd(), "pid": os.getpid()},
    "list": lambda event, context: sorted(os.listdir(event["path"])),
}
