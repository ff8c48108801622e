"""Times one function's invocations: timings.py NAME EVENT_FILE COLD WARM; prints milliseconds as JSON."""

import json
import pathlib
import sys
import time

import boto3
from botocore.config import Config

name, event_file, cold, warm = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
event = pathlib.Path(event_file).read_bytes()
client = boto3.client("lambda", config=Config(retries={"max_attempts": 1}))


def invoke():
    started = time.perf_counter()
    answer = client.invoke(FunctionName=name, Payload=event)
    body = answer["Payload"].read()
    took = (time.perf_counter() - started) * 1000
    if "FunctionError" in answer:
        sys.exit(f"{name} failed: {body[:500]!r}")
    return took


def quantile(times, part):
    times = sorted(times)
    return times[min(len(times) - 1, int(part * len(times)))]


colds = []
for round_number in range(cold):
    # A changed configuration retires the environments of the one before.
    client.update_function_configuration(FunctionName=name, Description=f"cold start {round_number}")
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    colds.append(invoke())
warms = [invoke() for _ in range(warm)]
print(
    json.dumps(
        {
            "cold_p50": quantile(colds, 0.5),
            "warm_p50": quantile(warms, 0.5),
            "warm_p99": quantile(warms, 0.99),
            "warm_min": min(warms),
        }
    )
)
