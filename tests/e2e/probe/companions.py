"""The same for IAM, STS, CloudWatch Logs and KMS, in their protocols, and less exacting about the words."""

import json
from urllib.parse import urlencode

from . import http, values
from .bend import Bender
from .model import service
from .run import Run

# What each service calls a broken constraint; what it may answer besides its model's errors; the type of its answers.
WORDS = {
    "iam": ({"ValidationError"}, {"MalformedQueryString", "MissingAction", "NoSuchEntity"}, "text/xml"),
    "sts": ({"ValidationError"}, {"MalformedQueryString", "MissingAction", "AccessDenied"}, "text/xml"),
    "logs": ({"InvalidParameterException"}, {"SerializationException", "ValidationException"}, "application/x-amz-json-1.1"),
    "kms": (
        {"ValidationException"},
        {
            "SerializationException",
            "AccessDeniedException",
            "InvalidMarkerException",
            "NotAuthorizedException",
            "NotFoundException",
            "UnsupportedOperationException",
        },
        "application/x-amz-json-1.1",
    ),
}
JSON = {"logs", "kms"}
ABSENT = {"InvalidAction", "UnknownOperationException"}
BODIES = [b"", b"{", b"[]", b"\xff\xfe", b"Action", b"Action=", b"Action=%", b"Action=%ff", b"&&&=&", b"{" * 50_000, b"a=" * 50_000]


def signed_for(name):
    """Authentication is off; the scope of a signature still says whose request it is."""
    return f"AWS4-HMAC-SHA256 Credential=probe/20260101/us-east-1/{name}/aws4_request, SignedHeaders=host, Signature={'0' * 64}"


def request(operation, members, body=None):
    name = operation.service.name
    headers = [("Authorization", signed_for(name)), ("X-Amz-Date", "20260101T000000Z")]
    if name in JSON:
        prefix = operation.service.raw["metadata"]["targetPrefix"]
        headers += [("X-Amz-Target", f"{prefix}.{operation.name}"), ("Content-Type", "application/x-amz-json-1.1")]
        body = json.dumps(members).encode() if body is None else body
    else:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        if body is None:
            version = operation.service.raw["metadata"]["apiVersion"]
            body = urlencode([("Action", operation.name), ("Version", version), *flat(members, "")], errors="replace").encode()
    return http.request("POST", "/", body, headers)


def flat(value, path):
    """Members as the query protocol names them: `Tags.member.1.Key`."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from flat(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value, 1):
            yield from flat(item, f"{path}.member.{index}")
    elif value is not None:
        yield path, http.plain(value)


class Companion:
    """The probe of one companion service."""

    def __init__(self, name, address, known):
        self.name, self.address, self.known = name, address, known

    def run(self):
        return Run(self.address, WORDS[self.name][2])

    def bender(self, operation):
        base = {
            name: self.known.get(name, values.valid(member.shape, {}))
            for name, member in operation.members.items()
            if member.required or name == "logGroupName"
        }
        return Bender(operation, base, {})

    def refusals(self, run, operation):
        if operation.input is None or self.is_absent(run, operation):
            return
        broken = WORDS[self.name][0]
        bender = self.bender(operation)
        for bent in (*bender.refused(), *bender.pairs()):
            if bent.items and self.arrives(bent.members):
                run.refused("constraints", f"{operation.name}: {bent.what}", request(operation, bent.members), broken)
        for what, members in bender.wrong_types() if self.name in JSON else ():
            run.refused("wrong types", f"{operation.name}: {what}", request(operation, members), {"SerializationException"})

    def acceptances(self, run, operation):
        if operation.input is None or self.is_absent(run, operation):
            return
        words, more, _ = WORDS[self.name]
        documented = operation.errors | words | more
        bender = self.bender(operation)
        probes = [(bent.what, request(operation, bent.members)) for bent in bender.allowed()]
        probes += [(f"the body is {body[:10]!r}", request(operation, {}, body)) for body in BODIES]
        for what, data in probes:
            answer = run.send("valid", f"{operation.name}: {what}", data)
            if answer is not None and answer.status >= 400 and answer.code not in documented | ABSENT:
                run.fail("valid", f"{operation.name}: {what}", f"{answer.status} {answer.body[:300]}")

    def arrives(self, members):
        """Empty lists and nulls cannot be told from nothing in a form."""
        return self.name in JSON or (members and not any(vanishes(value) for value in members.values()))

    def is_absent(self, run, operation):
        # In JSON a broken body: where nothing is required, an empty one would be a request.
        body = b"{" if self.name in JSON else None
        answer = run.send("offered?", operation.name, request(operation, {}, body))
        return answer is None or answer.code in ABSENT

    def operations(self):
        return sorted(service(self.name).operations)


def vanishes(value):
    if isinstance(value, dict):
        return not value or any(vanishes(item) for item in value.values())
    if isinstance(value, list):
        return not value or any(vanishes(item) for item in value)
    return value is None
