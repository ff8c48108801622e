"""Requests as bytes, connections that stay open, and answers taken apart."""

import json
import re
import socket
from urllib.parse import quote


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self):
        """The error's code, from wherever the protocol puts it."""
        if "x-amzn-errortype" in self.headers:
            return self.headers["x-amzn-errortype"]
        if found := re.search(rb"<Code>(.*?)</Code>", self.body):
            return found[1].decode()
        document = self.json()
        return document.get("__type") if isinstance(document, dict) else None

    @property
    def message(self):
        if found := re.search(rb"<Message>(.*?)</Message>", self.body, re.DOTALL):
            return found[1].decode()
        document = self.json()
        if not isinstance(document, dict):
            return None
        return document.get("message", document.get("Message"))

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Connection:
    """A connection that is opened again when it breaks; how often that was is counted."""

    def __init__(self, address):
        self.address, self.socket, self.opened = address, None, 0

    def send(self, data):
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.file = self.socket.makefile("rb")
            self.opened += 1
        try:
            self.socket.sendall(data)
            return self.receive()
        except BaseException:
            self.close()
            raise

    def receive(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("closed without an answer")
        status = int(line.split(b" ", 2)[1])
        headers = {}
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b"".join(self.chunks())
        else:
            body = self.file.read(int(headers.get("content-length", 0))) if status != 204 else b""
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    def chunks(self):
        while size := int(self.file.readline().partition(b";")[0], 16):
            yield self.file.read(size)
            self.file.readline()
        self.file.readline()

    def close(self):
        if self.socket is not None:
            self.file.close()
            self.socket.close()
            self.socket = None


def request(method, target, body=b"", headers=(), length=None):
    """One request as bytes; `length` claims another length than the body has."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body or length is not None or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def rest(operation, members, body=None, drop=()):
    """A rest-json request of these members; `body` takes the place of the document that they would make."""
    target, query = operation.path.partition("?")[::2]
    pairs = [query] if query else []
    headers, document, payload = [], {}, None
    for name, value in members.items():
        member = operation.members.get(name)
        if member is None or (member.location == "body" and name != operation.input.payload):
            document[name] = value
        elif name == operation.input.payload:
            payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        elif member.location == "uri":
            target = target.replace("{" + member.key + "}", quote(plain(value), safe=""))
        elif member.location == "querystring":
            values = value if isinstance(value, list) else [value]
            pairs += [f"{quote(member.key)}={quote(plain(item), safe='')}" for item in values]
        elif member.location == "header":
            headers.append((member.key, plain(value)))
    if body is None:
        body = payload if operation.input and operation.input.payload else None
        if body is None and operation.in_body() and not (operation.input and operation.input.payload):
            body = json.dumps(document).encode()
    target += "?" + "&".join(pairs) if pairs else ""
    return request(operation.method, target, body or b"", headers)


def plain(value):
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
