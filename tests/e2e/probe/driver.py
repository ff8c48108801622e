"""Sends probes in several processes at once and holds the answers against what is expected of them."""

import collections
import multiprocessing
import zlib

from . import answers, http, malformed, values
from .bend import Bender
from .model import service
from .oracle import message
from .run import Run

# What any operation may answer besides the errors of its model.
COMMON = {
    "AccessDeniedException",
    "InvalidParameterValueException",
    "InvalidRequestContentException",
    "RequestEntityTooLargeException",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "TooManyRequestsException",
}
UNREADABLE = {"SerializationException", "InvalidRequestContentException"}
FAILURES_KEPT = 25
# How long a request may be, where AWS says so, and what its refusal calls the operation.
BODIES = {
    "CreateFunction": 70_167_211,
    "UpdateFunctionCode": 70_167_211,
    "UpdateFunctionConfiguration": 5120,
    "Invoke": 6_291_456,
}
SIZED = {"Invoke": "InvokeFunction"}


class Probe:
    """The probe of one service whose requests are rest-json."""

    def __init__(self, name, address, known_members, known_shapes):
        self.name, self.address = name, address
        self.known_members, self.known_shapes = known_members, known_shapes

    def run(self):
        return Run(self.address)

    def bender(self, operation):
        base = {name: self.value(operation, name, member) for name, member in operation.members.items() if member.required}
        base.update(self.known_members.get(operation.name, {}))
        return Bender(operation, base, self.known_shapes)

    def value(self, operation, name, member):
        named = self.known_members.get(operation.name, {}).get(name, self.known_members["*"].get(name))
        return values.valid(member.shape, self.known_shapes) if named is None else named

    def refusals(self, run, operation):
        """Everything that has to be refused and must change nothing."""
        bender = self.bender(operation)
        batches = (("constraints", bender.refused), ("two at once", bender.pairs), ("tolerated", bender.tolerated))
        for kind, make in batches:
            for bent in make():
                if bent.items:
                    data = http.rest(operation, bent.members)
                    run.refused(kind, f"{operation.name}: {bent.what}", data, *refusal(operation, data, bent.items))
        for what, members in bender.wrong_types():
            data = http.rest(operation, members)
            run.refused("wrong types", f"{operation.name}: {what}", data, {"SerializationException"})
        if operation.in_body() and not operation.input.payload:
            for what, data in malformed.bodies(operation, bender.base):
                expectation = too_large(operation, data) or (UNREADABLE,)
                run.refused("malformed bodies", f"{operation.name}: {what}", data, *expectation)
        for what, data in malformed.oversized(operation, bender.base, BODIES.get(operation.name)):
            run.refused("oversized bodies", f"{operation.name}: {what}", data, *too_large(operation, data))
        for what, data in malformed.unparsable(operation, bender.base):
            run.refused("bad parameters", f"{operation.name}: {what}", data, UNREADABLE)

    def acceptances(self, run, operation):
        """What keeps every constraint: done, or refused for a documented reason."""
        bender = self.bender(operation)
        probes = [(bent.what, http.rest(operation, bent.members)) for bent in bender.allowed()]
        probes += malformed.odd_headers(operation, bender.base)
        self.doubled(run, operation, bender.base)
        for what, data in probes:
            answer = run.send("valid", f"{operation.name}: {what}", data)
            if answer is None:
                continue
            if answer.status >= 400 and answer.code not in operation.errors | COMMON:
                run.fail("valid", f"{operation.name}: {what}", f"{answer.status} {answer.code} {answer.body[:300]}")
            for wrong in answers.wrong(operation, answer):
                run.fail("valid", f"{operation.name}: {what}", wrong)

    def doubled(self, run, operation, base):
        documented = operation.errors | COMMON | UNREADABLE | {"ValidationException"}
        for what, data in malformed.doubled(operation, base):
            answer = run.send("doubled members", f"{operation.name}: {what}", data)
            if answer is not None and answer.status >= 400 and answer.code not in documented:
                run.fail("doubled members", f"{operation.name}: {what}", f"{answer.status} {answer.body[:300]}")

    def elsewhere(self, run, _):
        for what, method, data in malformed.elsewhere(service(self.name)):
            if method == "HEAD":
                continue
            run.refused("other paths", what, data, {"UnknownOperationException"}, status=404)


def refusal(operation, data, items):
    """Code, message and status for broken constraints, unless the request is too large to be looked at."""
    return too_large(operation, data) or ({"ValidationException"}, message(items), 400)


def too_large(operation, data):
    size = len(data.partition(b"\r\n\r\n")[2])
    most = BODIES.get(operation.name)
    if most is None or size <= most:
        return None
    text = f"Request must be smaller than {most} bytes for the {SIZED.get(operation.name, operation.name)} operation"
    return {"RequestEntityTooLargeException"}, text, 413


def work(job):
    probe, batch, names = job
    run = probe.run()
    operations = service(probe.name).operations
    for name in names:
        getattr(probe, batch)(run, operations.get(name))
    return run.counts, run.failures


def drive(probe, batch, names, processes=3):
    """Runs one batch for these operations and returns how many probes there were and what went wrong."""
    names = sorted(names, key=lambda name: zlib.crc32(name.encode()))
    counts, failures = collections.Counter(), []
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for counted, failed in pool.imap_unordered(work, [(probe, batch, [name]) for name in names]):
            counts += counted
            failures += failed
    return counts, failures
