"""Bodies that are no documents, paths that are no operations, values that are no numbers."""

import json

from . import http

DEEP = 100_000
CUTS = 40
HOSTILE = [
    b"{",
    b"}",
    b'{"',
    b'{"a"',
    b'{"a":',
    b'{"a":}',
    b'{"a":1,}',
    b"{'a':1}",
    b"nul",
    b"NaN",
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":01}',
    b"\xff\xfe",
    b'{"a":"\xff"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\x00"}',
    b'{"a":"\\ud800"}{',
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"<xml/>",
    b"a=b&c=d",
    b"\x1f\x8b\x08\x00",
    b"\xef\xbb\xbf{",
    b" \n\t",
    b"{} {}",
    b'{"a":1}x',
]
NO_OBJECTS = [b"[]", b"[{}]", b'"text"', b"1", b"-1.5", b"true", b"false"]


def bodies(operation, base):
    """Bodies that cannot be read as the operation's document; each with the words for it."""
    whole = json.dumps({member.name: base[member.name] for member in operation.in_body() if member.name in base}).encode()
    for body in HOSTILE:
        yield f"the body is {body[:20]!r}", http.rest(operation, base, body)
    for end in range(1, len(whole), max(len(whole) // CUTS, 1)):
        yield f"the body ends after {end} bytes", http.rest(operation, base, whole[:end])
    for body in NO_OBJECTS:
        yield f"the body is {body!r}", http.rest(operation, base, body)


def oversized(operation, base, most):
    """A body of one byte more than is allowed, and of a great deal more."""
    if most is None:
        return
    for size in (most + 1, most + 100_000):
        if operation.input.payload:
            body = b'"' + b"x" * (size - 2) + b'"'
        else:
            whole = json.dumps({**{member.name: base.get(member.name) for member in operation.in_body()}, "Probe": ""})
            body = whole[:-2].encode() + b"x" * (size - len(whole)) + b'"}'
        yield f"the body has {len(body)} bytes", http.rest(operation, base, body)


def doubled(operation, base):
    """Documents that name a member twice; which of the two counts is left open."""
    if operation.input is None or operation.input.payload:
        return
    there = {member.name: base[member.name] for member in operation.in_body() if member.name in base}
    for name, value in there.items():
        for other in (value, None, 7):
            pairs = [*there.items(), (name, other)]
            text = "{" + ",".join(f"{json.dumps(key)}:{json.dumps(item)}" for key, item in pairs) + "}"
            yield f"{name} twice", http.rest(operation, base, text.encode())


def unparsable(operation, base):
    """Texts in the query string where numbers and flags belong."""
    for name, member in operation.members.items():
        if member.location not in ("querystring", "uri") or member.shape.kind not in ("integer", "long", "boolean", "timestamp"):
            continue
        texts = ["abc", "1.5.1", "0x10", "1e", "--1", " ", "\u0663", "9" * 40, "true1", "nan"]
        for text in texts:
            yield f"{name} is {text!r}", http.rest(operation, {**base, name: text})


def elsewhere(service):
    """Methods and paths that are no operation's."""
    offered = {(operation.method, template(operation.path)) for operation in service.operations.values()}
    for path in sorted({template(operation.path) for operation in service.operations.values()}):
        target = path.replace("{}", "probe")
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROBE"):
            if (method, path) not in offered:
                yield f"{method} {target}", method, http.request(method, target)
        for other in (target + "/more/and/more", target.replace("201", "199").replace("202", "199"), "/" + target):
            yield f"GET {other}", "GET", http.request("GET", other)


def template(path):
    path = path.partition("?")[0]
    return "/".join("{}" if segment.startswith("{") else segment for segment in path.rstrip("/").split("/"))


def odd_headers(operation, base):
    """Content types and headers that mean nothing to the service."""
    for kind in ("text/plain", "application/xml", "application/x-amz-json-1.1", "multipart/form-data; boundary=x", "", "/;;"):
        data = http.rest(operation, base)
        head, _, body = data.partition(b"\r\n\r\n")
        yield f"the content type is {kind!r}", head + b"\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + body
