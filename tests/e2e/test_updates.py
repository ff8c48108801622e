"""Updates under load: no invocation is lost, none sees half of an update, none sees the old after the new."""

import threading
import time

import packages

ROUNDS = 4
CALLERS = 3


def code(generation):
    source = f"""
import os
def handler(event, context):
    return [{generation}, int(os.environ["GENERATION"])]
"""
    return packages.zipped({"guest.py": source})


def test_no_invocation_is_lost_or_mixed_across_updates(lam, functions):
    name = functions.create(Code={"ZipFile": code(0)}, Environment={"Variables": {"GENERATION": "0"}}, MemorySize=512)
    # Each change becomes visible somewhere between its request and the moment at which it is Successful.
    began, ended = [], []
    seen, failed = [], []
    stop = threading.Event()

    def call():
        while not stop.is_set():
            start = time.monotonic()
            try:
                answer = functions.invoke(name)
            except Exception as error:
                failed.append(error)
                return
            if answer.error:
                failed.append(answer.raw)
            seen.append((start, time.monotonic(), answer.payload))

    def change(call, **request):
        began.append(time.monotonic())
        call(FunctionName=name, **request)
        functions.settled(name)
        ended.append(time.monotonic())
        # Some invocations begin and end before the next change.
        before = len(seen)
        while len(seen) < before + 2 * CALLERS and not failed:
            time.sleep(0.01)

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        for generation in range(1, ROUNDS + 1):
            change(lam.update_function_configuration, Environment={"Variables": {"GENERATION": str(generation)}})
            change(lam.update_function_code, ZipFile=code(generation))
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    assert not failed, failed
    # The n-th change makes the n-th of these pairs current; no other pair ever was.
    pairs = [[0, 0]] + [pair for n in range(1, ROUNDS + 1) for pair in ([n - 1, n], [n, n])]
    for start, end, pair in seen:
        assert pair in pairs, f"{pair} never was"
        change = pairs.index(pair)
        assert change == 0 or began[change - 1] <= end, f"{pair} was answered before it was asked for"
        assert change == len(ended) or start <= ended[change], f"{pair} was answered after it had been replaced"
