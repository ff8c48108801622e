"""What AWS says of a request that breaks constraints: its messages, put together anew from their description."""

MISSING = object()


def expected(operation, request):
    """All broken constraints in the order in which the service reports them: the model's last member first."""
    found = []
    for name, member in reversed(operation.members.items()):
        found += member_violations(member, request.get(name, MISSING), ())
    return found


def message(items):
    """The whole message; None where there is nothing to complain of."""
    if not items:
        return None
    return f"{len(items)} validation error{'s' if len(items) > 1 else ''} detected: " + "; ".join(items)


def member_violations(member, value, path):
    path = (*path, member.name)
    if value is MISSING or value is None:
        return [f"Value null at '{spelled(path)}' failed to satisfy constraint: Member must not be null"] if member.required else []
    return value_violations(member.shape, value, path)


def value_violations(shape, value, path):
    shown = "Value" if shape.sensitive else f"Value '{printed(shape, value)}'"
    found = [f"{shown} at '{spelled(path)}' failed to satisfy constraint: {broken}" for broken in own(shape, value)]
    if shape.kind == "structure":
        for name, member in shape.members.items():
            found += member_violations(member, value.get(name, MISSING), path)
    elif shape.kind == "list" and shape.part("member").kind == "structure":
        for index, item in enumerate(value, 1):
            if item is not None:
                found += value_violations(shape.part("member"), item, (*path, str(index), "member"))
    return found


def own(shape, value):
    """The constraints that the value itself breaks, without those of a structure's members."""
    if shape.kind == "string":
        return text(shape, value)
    if shape.kind in ("integer", "long", "double", "float"):
        return within("value", shape, value)
    if shape.kind == "list":
        found = within("length", shape, len(value))
        element = shape.part("member")
        bad = [item for item in value if item is None or own(element, item)]
        if bad and shape.plain:
            return found + (["Member must not be null"] if bad[0] is None else own(element, bad[0]))
        return found + ([elements("Member", element)] if bad else [])
    if shape.kind == "map":
        found = within("length", shape, len(value))
        key, item = shape.part("key"), shape.part("value")
        if any(own(key, name) for name in value):
            found.append(elements("Map keys", key))
        if any(content is None or own(item, content) for content in value.values()):
            found.append(elements("Map value", item))
        return found
    return []


def text(shape, value):
    found = within("length", shape, len(value))
    if not shape.matches(value):
        found.append(f"Member must satisfy regular expression pattern: {shape.pattern}")
    if shape.values and value not in shape.values:
        found.append(f"Member must satisfy enum value set: [{', '.join(shape.values)}]")
    return found


def within(what, shape, value):
    if shape.max is not None and value > shape.max:
        return [f"Member must have {what} less than or equal to {number(shape, shape.max)}"]
    if shape.min is not None and value < shape.min:
        return [f"Member must have {what} greater than or equal to {number(shape, shape.min)}"]
    return []


def elements(who, shape):
    """What a list or map demands of its parts: everything, whichever of it is broken."""
    every = constraints(shape)
    if who != "Map keys":
        every.append("Member must not be null")
    return f"{who} must satisfy constraint: [{', '.join(every)}]"


def constraints(shape):
    what = "value" if shape.kind in ("integer", "long", "double", "float") else "length"
    every = []
    if shape.max is not None:
        every.append(f"Member must have {what} less than or equal to {number(shape, shape.max)}")
    if shape.min is not None:
        every.append(f"Member must have {what} greater than or equal to {number(shape, shape.min)}")
    if shape.pattern is not None:
        every.append(f"Member must satisfy regular expression pattern: {shape.pattern}")
    if shape.values:
        every.append(f"Member must satisfy enum value set: [{', '.join(shape.values)}]")
    if shape.kind == "list":
        every.append(elements("Member", shape.part("member")))
    if shape.kind == "map":
        every += [elements("Map keys", shape.part("key")), elements("Map value", shape.part("value"))]
    return every


def number(shape, value):
    return str(float(value)) if shape.kind in ("double", "float") else str(int(value))


def printed(shape, value):
    """A value as Java prints it."""
    if value is None:
        return "null"
    if shape.kind in ("double", "float"):
        return str(float(value))
    if shape.kind == "boolean":
        return str(value).lower()
    if shape.kind == "list":
        return "[" + ", ".join(printed(shape.part("member"), item) for item in value) + "]"
    if shape.kind == "map":
        # In which order AWS prints them is not known.
        return "{" + ", ".join(f"{name}={printed(shape.part('value'), value[name])}" for name in sorted(value)) + "}"
    if shape.kind == "structure":
        known = (f"{name}={printed(member.shape, value[name])}" for name, member in shape.members.items() if name in value)
        return "{" + ", ".join(known) + "}"
    return str(value)


def spelled(path):
    return ".".join(name[:1].lower() + name[1:] for name in path)
