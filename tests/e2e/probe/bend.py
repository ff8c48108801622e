"""From one valid request to every request that differs from it in one respect."""

import copy
import itertools
from dataclasses import dataclass

from . import oracle, values

DEEPEST = 7
# How many bad values of each of two members meet.
EACH = 4
# JSON values of every type; those that a member takes are left out for it.
JSON = [0, 7, -7.5, True, False, "", "7", "probe", [], [None], ["probe"], [[]], {}, {"probe": 1}]
TAKEN = {
    "string": (str,),
    "blob": (str,),
    "integer": (int, float),
    "long": (int, float),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, str),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


@dataclass
class Bent:
    """A request and what is to be said of it; no items mean that it breaks no constraint."""

    what: str
    members: dict
    items: list


class Bender:
    """Makes the variations of one operation's request."""

    def __init__(self, operation, base, known):
        self.operation, self.base, self.known = operation, base, known

    def bent(self, what, members):
        return Bent(what, members, oracle.expected(self.operation, members))

    def places(self):
        """Every member at whatever depth, with the path that leads to it."""
        for name, member in self.operation.members.items():
            yield from self.below((name,), member, member.location)

    def below(self, path, member, location):
        yield path, member, location
        shape, inner = member.shape, path
        if shape.kind == "list":
            shape, inner = shape.part("member"), (*path, 0)
        if shape.kind == "structure" and len(path) < DEEPEST:
            for name, nested in shape.members.items():
                yield from self.below((*inner, name), nested, location)

    def put(self, path, value, base=None):
        """The base request with a value at that path, and everything that is required on the way."""
        members = copy.deepcopy(self.base if base is None else base)
        place, shape = members, self.operation.input
        for step, following in zip(path, path[1:]):
            if isinstance(step, int):
                shape = shape.part("member")
                place = place[step]
                continue
            shape = shape.members[step].shape
            fresh = values.valid(shape, self.known)
            if not isinstance(place.get(step), type(fresh)) or (isinstance(following, int) and not place[step]):
                place[step] = fresh
            place = place[step]
        if value is oracle.MISSING:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = value
        return members

    def anchor(self, apart_from):
        """A member's broken value, so that a request is refused whatever else is right about it."""
        for name, member in self.operation.members.items():
            if name == apart_from or name == self.operation.input.payload or member.shape.kind != "string":
                continue
            for value in values.beyond(member.shape, self.known):
                # Some texts would not arrive as they are outside of a body.
                if value and value.isascii() and value.isprintable() and not value.isspace():
                    return name, value
        return None

    def refused(self):
        """Requests that break one constraint."""
        for path, member, location in self.places():
            if member.name == self.operation.input.payload and member.shape.kind == "blob":
                continue
            if member.required and location != "uri":
                yield self.bent(f"{path} is missing", self.put(path, oracle.MISSING))
                if location == "body":
                    yield self.bent(f"{path} is null", self.put(path, None))
            for value in values.beyond(member.shape, self.known):
                if travels(value, location, member):
                    yield self.bent(f"{path} is {str(value)[:80]!r}", self.put(path, value))

    def pairs(self):
        """Requests that break two constraints: the order of the complaints is AWS's."""
        broken = []
        for name, member in self.operation.members.items():
            if name == self.operation.input.payload:
                continue
            candidates = (v for v in values.beyond(member.shape, self.known) if travels(v, member.location, member))
            broken.append([(name, value) for value in itertools.islice(candidates, EACH)])
        for first, second in itertools.combinations(broken, 2):
            for (name, value), (other, worse) in itertools.product(first, second):
                what = f"{name} is {str(value)[:40]!r} and {other} is {str(worse)[:40]!r}"
                yield self.bent(what, {**copy.deepcopy(self.base), name: value, other: worse})

    def tolerated(self):
        """Requests at the very end of what is allowed, or with more than is asked for; each refused for something else."""
        for path, member, location in self.places():
            anchor = self.anchor(path[0])
            if anchor is None:
                continue
            base = {**self.base, anchor[0]: anchor[1]}
            for value in values.edges(member.shape, self.known):
                if travels(value, location, member):
                    yield self.bent(f"{path} is at its end: {str(value)[:80]!r}", self.put(path, value, base))
            if location == "body" and not member.required:
                yield self.bent(f"{path} is null and optional", self.put(path, None, base))
            if location == "body" and member.shape.kind == "structure":
                yield self.bent(f"{path} has more members", self.put((*path, "ProbeUnknown"), {"a": [1, None]}, base))
        anchor = self.anchor(None)
        if anchor and self.operation.in_body() and not self.operation.input.payload:
            extra = {"ProbeUnknown": [{"deep": None}], "probeUnknown": 1, "": True}
            yield self.bent("unknown members", {**self.base, anchor[0]: anchor[1], **extra})

    def wrong_types(self):
        """Documents of which one member is of another JSON type."""
        for path, member, location in self.places():
            if location != "body" or path[0] == self.operation.input.payload and len(path) == 1:
                continue
            for value in JSON:
                taken = TAKEN[member.shape.kind]
                if type(value) not in taken:
                    yield f"{path} is {value!r}", self.put(path, value)
            if member.shape.kind in ("integer", "long"):
                bits = 31 if member.shape.kind == "integer" else 63
                for value in (2**bits, -(2**bits) - 1, 1e300):
                    yield f"{path} is {value!r}", self.put(path, value)
            if member.shape.kind == "blob":
                yield f"{path} is no base64", self.put(path, "%%%%")
            if member.shape.kind == "timestamp":
                yield f"{path} is no date", self.put(path, "the day before yesterday")

    def allowed(self):
        """Requests that keep every constraint; the service may still have its reasons."""
        yield Bent("valid", copy.deepcopy(self.base), [])
        for path, member, location in self.places():
            if location == "uri":
                continue
            for value in (values.valid(member.shape, self.known), *values.edges(member.shape, self.known)):
                if travels(value, location, member):
                    yield Bent(f"{path} is {str(value)[:80]!r}", self.put(path, value), [])


def travels(value, location, member):
    """Whether a value arrives as it was meant where it is sent: an empty segment is another path."""
    if location == "body":
        return True
    if location == "uri":
        return not isinstance(value, str) or value != ""
    if location == "header":
        return isinstance(value, str) and value != "" and value.isascii() and value.isprintable() and value == value.strip()
    if isinstance(value, list):
        return bool(value) and None not in value and all(isinstance(item, str) for item in value)
    return not isinstance(value, dict)
