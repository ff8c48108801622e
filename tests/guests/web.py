"""Answers requests of a function URL: with the event, or with what the body asks for."""

import base64
import json
import time


def handler(event, context):
    body = event.get("body")
    if body is not None and event["isBase64Encoded"]:
        body = base64.b64decode(body).decode("latin-1")
    if body is None or not body.startswith('{"ask"'):
        return {"statusCode": 200, "body": json.dumps(event)}
    ask = json.loads(body)["ask"]
    if ask == "raise":
        raise ValueError("no")
    if ask == "hang":
        time.sleep(3600)
    if ask == "large":
        return {"statusCode": 200, "body": "x" * (7 * 1024 * 1024)}
    if ask == "version":
        return {"version": context.function_version, "arn": context.invoked_function_arn}
    return ask["return"]
