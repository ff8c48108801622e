"""AWS Signature Version 4, written from its description: an opinion of its own about what a right signature is."""

import datetime
import hashlib
import hmac
import http.client
import json
import types
import urllib.parse


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed(env, method, path, body=b"", query="", service="lambda", at=None, key=None, secret=None, region=None):
    """The headers of a rightly signed request; the caller may bend them afterwards."""
    at = at or datetime.datetime.now(datetime.timezone.utc)
    stamp, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    region = region or env["AWS_DEFAULT_REGION"]
    host = urllib.parse.urlsplit(env["AWS_ENDPOINT_URL"]).netloc
    headers = {"host": host, "x-amz-date": stamp}
    canonical = "\n".join(
        [
            method,
            urllib.parse.quote(urllib.parse.quote(path, safe="/~"), safe="/~") if "%" in path else path,
            query,
            *(f"{name}:{value}" for name, value in headers.items()),
            "",
            ";".join(headers),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    derived = ("AWS4" + (secret or env["AWS_SECRET_ACCESS_KEY"])).encode()
    for part in scope.split("/"):
        derived = digest(derived, part)
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key or env['AWS_ACCESS_KEY_ID']}/{scope}, "
        f"SignedHeaders={';'.join(['host', 'x-amz-date'])}, Signature={digest(derived, to_sign).hex()}"
    )
    return headers


def begun(env, method, path, body=b"", headers=None):
    """Sends a request and returns the connection and the answer as soon as it begins."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(env["AWS_ENDPOINT_URL"]).netloc, timeout=60)
    connection.request(method, path, body=body, headers=headers or {})
    return connection, connection.getresponse()


def send(env, method, path, body=b"", headers=None, query=""):
    """Sends a request as it is and returns status, headers and the parsed body."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(env["AWS_ENDPOINT_URL"]).netloc, timeout=30)
    connection.request(method, path + (f"?{query}" if query else ""), body=body, headers=headers or {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    try:
        parsed = json.loads(data) if data else None
    except ValueError:
        parsed = data
    return types.SimpleNamespace(
        status=answer.status,
        headers={name.lower(): value for name, value in answer.getheaders()},
        body=parsed,
        kind=answer.headers.get("x-amzn-ErrorType"),
    )
