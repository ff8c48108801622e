"""The service models as botocore carries them, with what AWS is known to do otherwise."""

import functools
import re

import botocore.session

# What the service answers differs from its model here: functions need Lambda Managed Instances or an accelerator for more.
GREATEST = {"Timeout": 900, "MemorySize": 10240, "EphemeralStorageSize": 10240}
# The service prints these values in an order of its own.
ORDER = {
    "RecursiveLoop": ["Terminate", "Allow"],
    "InvokeMode": ["RESPONSE_STREAM", "BUFFERED"],
    "EventSourcePosition": ["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"],
}
# An unknown runtime is an InvalidParameterValueException, which the model's constraint would make a ValidationException.
FREE = {("CreateFunctionRequest", "Runtime"), ("UpdateFunctionConfigurationRequest", "Runtime")}
# A bad element is reported with its own constraint, not with all that elements have.
PLAIN = {"CompatibleRuntimes"}

# Java's classes of characters, as far as the models use them, in Python's words.
CLASSES = {
    r"\p{L}": "A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff",
    r"\p{Z}": r"\x20\u00a0\u2028",
    r"\p{N}": "0-9\u0660-\u0669",
    r"\p{Alpha}": "A-Za-z",
    r"\p{Alnum}": "A-Za-z0-9",
    r"\p{ASCII}": r"\x00-\x7f",
}


@functools.cache
def compiled(pattern):
    for java, python in CLASSES.items():
        pattern = pattern.replace(java, python)
    # Java takes a hyphen after a class for a hyphen; Python takes it for a range.
    pattern = pattern.replace(r"[\w-_", r"[\w\-_")
    return re.compile(pattern, re.ASCII)


class Shape:
    """One shape: its kind, constraints and members."""

    def __init__(self, service, name):
        self.service, self.name = service, name
        raw = service.raw["shapes"][name]
        self.kind = raw["type"]
        self.min = raw.get("min")
        self.max = GREATEST.get(name, raw.get("max")) if service.name == "lambda" else raw.get("max")
        self.pattern = raw.get("pattern")
        self.values = ORDER.get(name, raw.get("enum", []))
        self.sensitive = raw.get("sensitive", False)
        self.plain = name in PLAIN
        self.required = raw.get("required", [])
        self.payload = raw.get("payload")
        self.raw = raw

    @functools.cached_property
    def members(self):
        return {
            name: Member(self, name, raw)
            for name, raw in self.raw.get("members", {}).items()
        }

    def part(self, which):
        """The shape of a list's `member`, or of a map's `key` or `value`."""
        return self.service.shape(self.raw[which]["shape"])

    def matches(self, text):
        return self.pattern is None or compiled(self.pattern).fullmatch(text) is not None


class Member:
    """A member of a structure, and where it travels."""

    def __init__(self, owner, name, raw):
        self.name = name
        self.shape = owner.service.shape("String" if (owner.name, name) in FREE else raw["shape"])
        self.required = name in owner.required
        self.location = raw.get("location", "body")
        self.key = raw.get("locationName", name)


class Operation:
    """An operation and its binding to HTTP."""

    def __init__(self, service, name):
        raw = service.raw["operations"][name]
        self.service, self.name = service, name
        self.method, self.path = raw["http"]["method"], raw["http"]["requestUri"]
        self.input = service.shape(raw["input"]["shape"]) if "input" in raw else None
        self.output = service.shape(raw["output"]["shape"]) if "output" in raw else None
        self.errors = {
            service.raw["shapes"][error["shape"]].get("error", {}).get("code", error["shape"])
            for error in raw.get("errors", [])
        }

    @property
    def members(self):
        return self.input.members if self.input else {}

    def in_body(self):
        return [member for member in self.members.values() if member.location == "body"]


class Service:
    """A service: its shapes and operations."""

    def __init__(self, name):
        self.name = name
        loader = botocore.session.get_session().get_component("data_loader")
        self.raw = loader.load_service_model(name, "service-2")
        self.shapes = {}
        self.operations = {operation: Operation(self, operation) for operation in self.raw["operations"]}

    def shape(self, name):
        if name not in self.shapes:
            self.shapes[name] = Shape(self, name)
        return self.shapes[name]


@functools.cache
def service(name):
    return Service(name)
