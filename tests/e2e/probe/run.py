"""One worker's connection, with what holds for every answer there is."""

import collections
import re

from . import http

REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The only other type that any answer may have: that of streamed ones.
EVENT_STREAM = "application/vnd.amazon.eventstream"


class Run:
    """Sends probes one after the other, counts them, and keeps what went wrong."""

    def __init__(self, address, content_type="application/json"):
        self.connection = http.Connection(address)
        self.counts = collections.Counter()
        self.failures = []
        self.content_type = content_type

    def send(self, kind, what, data):
        """Sends one probe and checks what holds for every answer."""
        self.counts[kind] += 1
        try:
            answer = self.connection.send(data)
        except (ConnectionError, OSError, ValueError) as error:
            self.fail(kind, what, f"no answer: {error!r}")
            return None
        if answer.status >= 500:
            self.fail(kind, what, f"{answer.status} {answer.body[:300]}")
        if not REQUEST_ID.fullmatch(answer.headers.get("x-amzn-requestid", "")):
            self.fail(kind, what, f"the request id is {answer.headers.get('x-amzn-requestid')!r}")
        content_type = answer.headers.get("content-type", "")
        if answer.body and not content_type.startswith((self.content_type, EVENT_STREAM)):
            self.fail(kind, what, f"the content type is {content_type!r}")
        return answer

    def refused(self, kind, what, data, codes, text=None, status=400):
        answer = self.send(kind, what, data)
        if answer is None:
            return
        if answer.status != status or answer.code not in codes:
            self.fail(kind, what, f"{answer.status} {answer.code} instead of {codes}: {answer.body[:300]}")
        elif text is not None and answer.message != text:
            self.fail(kind, what, f"says\n  {answer.message[:1500]!r} instead of\n  {text[:1500]!r}")
        elif not answer.message and kind != "other paths":
            self.fail(kind, what, "has no message")

    def fail(self, kind, what, why):
        self.failures.append(f"{kind}: {what}: {why}")
