"""Values that keep every constraint, and values that break one."""

import base64

from .texts import matching

# Longer ones would only make the probe slow; their limits lie in megabytes.
LONGEST = 40_000
MANY = 2_000
# Most patterns forbid some of these; no pattern is asked about one that it allows.
STRANGE = "!\"#$%&'()*+,;<=>?@[\\]^`{|}~ \t\n\u00e4\u0663\u2028\U0001f411"


def valid(shape, known, depth=0):
    """A value within the constraints: the required members of structures, as few elements as there may be."""
    if shape.name in known:
        return known[shape.name]
    if shape.kind == "string":
        return shape.values[0] if shape.values else any_text(shape)
    if shape.kind in ("integer", "long"):
        return int(shape.min if shape.min is not None else 1)
    if shape.kind in ("double", "float"):
        return float(shape.min if shape.min is not None else 1)
    if shape.kind == "boolean":
        return False
    if shape.kind == "timestamp":
        return 1_700_000_000
    if shape.kind == "blob":
        return base64.b64encode(b"probe").decode()
    if shape.kind == "list":
        return [valid(shape.part("member"), known, depth + 1) for _ in range(int(shape.min or 0) or 1)]
    if shape.kind == "map":
        return dict(entries(shape, known, int(shape.min or 0) or 1))
    return {name: valid(member.shape, known, depth + 1) for name, member in shape.members.items() if member.required}


def any_text(shape):
    least = int(shape.min or 0)
    if shape.pattern is None:
        return "a" * max(least, 1)
    shortest = matching(shape.pattern)
    if shortest is not None and len(shortest) >= max(least, 1):
        return shortest
    lengths = range(max(least, 1), least + 100)
    texts = (matching(shape.pattern, length) for length in lengths)
    return next((text for text in texts if text), shortest)


def of_length(shape, length):
    """A text of that length, which matches the pattern if any such text was found."""
    if shape.pattern is None:
        return "a" * length
    return matching(shape.pattern, length) or (any_text(shape) + "a" * length)[:length]


def entries(shape, known, count):
    key, value = shape.part("key"), shape.part("value")
    for number in range(count):
        if key.values:
            name = key.values[number] if number < len(key.values) else f"more{number}"
        else:
            name = any_text(key) if number == 0 else f"{any_text(key)}{number}"
        yield name, valid(value, known)


def edges(shape, known):
    """Values at the very ends of what is allowed."""
    if shape.kind == "string":
        if shape.values:
            yield from shape.values[1:4]
            return
        for length in {shape.min, shape.max} - {None, 0}:
            text = of_length(shape, int(length)) if length <= LONGEST else None
            if text is not None and shape.matches(text):
                yield text
    elif shape.kind in ("integer", "long", "double", "float"):
        yield from {shape.min, shape.max} - {None}
    elif shape.kind == "list" and shape.max is not None and shape.max <= MANY:
        yield [valid(shape.part("member"), known)] * int(shape.max)


def beyond(shape, known):
    """Values that break one constraint each (or, where a pattern has its own idea of length, two)."""
    if shape.kind == "string":
        yield from bad_texts(shape)
    elif shape.kind in ("integer", "long"):
        if shape.min is not None:
            yield int(shape.min) - 1
            yield -(2**31) if shape.min > -(2**31) else int(shape.min) - 1
        if shape.max is not None:
            yield int(shape.max) + 1
            yield 2**31 - 1
    elif shape.kind in ("double", "float"):
        if shape.min is not None:
            yield float(shape.min) - 0.5
        if shape.max is not None:
            yield float(shape.max) + 0.5
    elif shape.kind == "list":
        yield from bad_lists(shape, known)
    elif shape.kind == "map":
        yield from bad_maps(shape, known)


def bad_texts(shape):
    if shape.values:
        yield from ("probe-unknown", shape.values[0].swapcase(), shape.values[0] + " ", "")
        return
    if shape.min:
        yield of_length(shape, int(shape.min) - 1)
    if shape.max is not None and shape.max <= LONGEST:
        yield of_length(shape, int(shape.max) + 1)
    if shape.pattern is not None:
        good = any_text(shape) or ""
        ends = [good + char for char in STRANGE] + [char + good for char in STRANGE]
        middle = len(good) // 2
        inside = [good[:middle] + char + good[middle:] for char in STRANGE]
        for bad in dict.fromkeys([*ends, *inside, "<>", "", good.swapcase(), good * 2, good[1:], good[:-1]]):
            if not shape.matches(bad):
                yield bad


def bad_lists(shape, known):
    element = shape.part("member")
    good = valid(element, known)
    if shape.min:
        yield [good] * (int(shape.min) - 1)
    if shape.max is not None and shape.max <= MANY:
        yield [good] * (int(shape.max) + 1)
    least = max(int(shape.min or 0), 1) - 1
    yield [*([good] * least), None]
    if element.kind != "structure":
        for bad in beyond(element, known):
            yield [*([good] * least), bad]


def bad_maps(shape, known):
    key, value = shape.part("key"), shape.part("value")
    if shape.min:
        yield dict(entries(shape, known, int(shape.min) - 1))
    if shape.max is not None and shape.max <= MANY:
        yield dict(entries(shape, known, int(shape.max) + 1))
    name, good = next(entries(shape, known, 1))
    yield {name: None}
    for bad in beyond(value, known):
        yield {name: bad}
    for bad in beyond(key, known):
        yield {bad: good}
