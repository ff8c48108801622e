"""Function URLs: HTTP for functions, with the Host header that leads to them."""

import base64
import datetime
import http.client
import json
import re
import subprocess
import types
import urllib.parse

import packages
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import ACCOUNT, NODES, PYTHON, REGION, Functions, refused

PUBLIC = {
    "StatementId": "FunctionURLAllowPublicAccess",
    "Action": "lambda:InvokeFunctionUrl",
    "Principal": "*",
    "FunctionUrlAuthType": "NONE",
}
FORBIDDEN = {
    "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
}
MIB = 1024 * 1024


def web(**fields):
    return {"Code": {"ZipFile": packages.guest("web.py", "guest.py")}, **fields}


def visit(url, method="GET", path="/", body=None, headers=None):
    """Sends a request to a function URL, whose name need not resolve: *.localhost does not everywhere."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
    connection.request(method, path, body=body, headers={"Host": parts.netloc, **(headers or {})})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    try:
        parsed = json.loads(data)
    except ValueError:
        parsed = None
    return types.SimpleNamespace(
        status=answer.status,
        headers={name.lower(): value for name, value in answer.getheaders()},
        all_headers=answer.getheaders(),
        data=data,
        json=parsed,
    )


def ask(url, **what):
    return visit(url, "POST", body=json.dumps({"ask": what}), headers={"Content-Type": "application/json"})


def sign(url, key, secret, method="GET", path="/", body=b"", region=REGION, service="lambda", query=False, headers=None):
    """The path and headers of a request that botocore signed."""
    target = url.rstrip("/") + path
    request = AWSRequest(method, target, data=body, headers=dict(headers or {}))
    credentials = Credentials(key, secret)
    signer = SigV4QueryAuth(credentials, service, region) if query else SigV4Auth(credentials, service, region)
    signer.add_auth(request)
    parts = urllib.parse.urlsplit(request.url)
    return parts.path + (f"?{parts.query}" if parts.query else ""), dict(request.headers)


@pytest.fixture(scope="module")
def urls(lam):
    """Makes functions with URLs."""
    functions = Functions(lam)

    def make(auth="NONE", public=True, function=None, url=None):
        name = functions.create(**(function or web()))
        made = lam.create_function_url_config(FunctionName=name, AuthType=auth, **(url or {}))
        if public and auth == "NONE":
            lam.add_permission(FunctionName=name, **PUBLIC)
        return name, made["FunctionUrl"]

    yield make
    functions.delete_all()


@pytest.fixture(scope="module")
def page(urls):
    """The URL of a public function that answers as it is asked to."""
    return urls()[1]


@pytest.fixture(scope="module")
def owner(server):
    env = server.environment()
    return env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]


def test_the_address_is_where_it_answers(server, page):
    port = urllib.parse.urlsplit(server.endpoint).port
    assert re.fullmatch(rf"http://[0-9a-z]{{32}}\.lambda-url\.{REGION}\.localhost:{port}/", page)
    assert visit(page).status == 200
    # curl knows what localhost is, whatever stands before it.
    host = urllib.parse.urlsplit(page).netloc
    curl = ["curl", "-sS", "--fail", "--resolve", f"{host}:127.0.0.1", page + "a/b?c=d"]
    event = json.loads(subprocess.run(curl, check=True, capture_output=True, timeout=30).stdout)
    assert (event["rawPath"], event["rawQueryString"]) == ("/a/b", "c=d")
    assert event["headers"]["user-agent"].startswith("curl/")


def test_the_event_is_of_format_two(page):
    host = urllib.parse.urlsplit(page).netloc
    domain, port = host.split(":")
    answer = visit(
        page,
        "POST",
        "/pa2%Fth/1?p1=v1&p1=v%202&multi=foo&multi=/bar",
        body="Hello",
        headers={"X-Mixed": "CaSe", "Cookie": "c1=1; c2=2", "Content-Type": "text/plain", "User-Agent": "agent"},
    )
    event = answer.json
    context = event.pop("requestContext")
    trace = event["headers"].pop("x-amzn-trace-id")
    assert event == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/pa2%Fth/1",
        "rawQueryString": "p1=v1&p1=v%202&multi=foo&multi=/bar",
        "cookies": ["c1=1", "c2=2"],
        "headers": {
            "accept-encoding": "identity",
            "content-length": "5",
            "content-type": "text/plain",
            "cookie": "c1=1; c2=2",
            "host": host,
            "user-agent": "agent",
            "x-mixed": "CaSe",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": port,
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"p1": "v1,v 2", "multi": "foo,/bar"},
        "body": "Hello",
        "isBase64Encoded": False,
    }
    time, epoch = context.pop("time"), context.pop("timeEpoch")
    assert context == {
        "accountId": "anonymous",
        "apiId": domain.split(".")[0],
        "domainName": domain,
        "domainPrefix": domain.split(".")[0],
        "http": {"method": "POST", "path": "/pa2%Fth/1", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "agent"},
        "requestId": answer.headers["x-amzn-requestid"],
        "routeKey": "$default",
        "stage": "$default",
    }
    told = datetime.datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z")
    assert int(told.timestamp()) == epoch // 1000
    assert trace.startswith(answer.headers["x-amzn-trace-id"].split(";")[0])
    assert {"date", "x-amzn-requestid", "x-amzn-trace-id"} <= set(answer.headers)


def test_what_a_request_lacks_is_absent_and_what_is_no_text_is_in_base64(page):
    event = visit(page).json
    assert not {"cookies", "queryStringParameters", "body", "pathParameters", "stageVariables"} & set(event)
    assert "authorizer" not in event["requestContext"] and "authentication" not in event["requestContext"]
    raw = bytes(range(256))
    for kind in ("application/octet-stream", "multipart/form-data; boundary=x", "image/png"):
        event = visit(page, "PUT", body=raw, headers={"Content-Type": kind}).json
        assert event["isBase64Encoded"] is True and base64.b64decode(event["body"]) == raw
    event = visit(page, "PUT", body="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}).json
    assert (event["isBase64Encoded"], event["body"]) == (False, "a=b")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])
def test_every_method_reaches_the_function(page, method):
    answer = visit(page, method)
    assert answer.status == 200
    if method == "HEAD":
        assert answer.data == b"" and int(answer.headers["content-length"]) > 0
    else:
        assert answer.json["requestContext"]["http"]["method"] == method


@pytest.mark.parametrize(
    "result, status, kind, body",
    [
        ({"hello": "world"}, 200, "application/json", b'{"hello":"world"}'),
        (["hello", 3, True], 200, "application/json", b'["hello",3,true]'),
        ("hello", 200, "application/json", b"hello"),
        (None, 200, "application/json", b"null"),
        ({"statusCode": 200, "body": "body123"}, 200, "application/json", b"body123"),
        ({"statusCode": 201}, 201, "application/json", b""),
        ({"statusCode": 404, "headers": {"Content-Type": "text/x"}, "body": "no"}, 404, "text/x", b"no"),
        ({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}, 200, "application/json", b"\x00\xff"),
        ({"statusCode": "nonsense"}, 502, "text/plain", b"Internal Server Error"),
        ({"statusCode": 1000}, 502, "text/plain", b"Internal Server Error"),
        ({"statusCode": 200, "body": "%", "isBase64Encoded": True}, 502, "text/plain", b"Internal Server Error"),
        ({"statusCode": 200, "headers": {"a": "b\r\nc: d"}}, 502, "text/plain", b"Internal Server Error"),
    ],
)
def test_what_a_function_returns_is_what_the_client_gets(page, result, status, kind, body):
    answer = ask(page, **{"return": result})
    assert (answer.status, answer.headers["content-type"], answer.data) == (status, kind, body)


def test_cookies_and_headers_of_the_function_reach_the_client(page):
    result = {"statusCode": 200, "cookies": ["a=1", "b=2; HttpOnly"], "headers": {"X-Number": 5, "Location": "/x"}}
    answer = ask(page, **{"return": result})
    assert [value for name, value in answer.all_headers if name == "set-cookie"] == ["a=1", "b=2; HttpOnly"]
    assert (answer.headers["x-number"], answer.headers["location"]) == ("5", "/x")


def test_a_function_that_fails_is_a_bad_gateway(urls):
    name, url = urls(function=web(Timeout=2))
    for what in ("raise", "hang", "large"):
        answer = visit(url, "POST", body=json.dumps({"ask": what}))
        assert (answer.status, answer.data) == (502, b"Internal Server Error"), what
        assert answer.headers["x-amzn-requestid"]


def test_a_request_that_is_too_large_is_refused(page):
    answer = visit(page, "POST", body=b"x" * (6 * MIB + 1))
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")
    # In base64 it is a third larger, and what counts is the event.
    kind = {"Content-Type": "application/octet-stream"}
    assert visit(page, "POST", body=b"x" * (5 * MIB), headers=kind).status == 413
    assert len(visit(page, "POST", body=b"x" * (4 * MIB), headers=kind).json["body"]) > 4 * MIB


def test_without_a_policy_nobody_is_let_in(lam, urls):
    name, url = urls(public=False)
    answer = visit(url)
    assert (answer.status, answer.json) == (403, FORBIDDEN)
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    # Permission to sign is not permission for everybody.
    lam.add_permission(FunctionName=name, **{**PUBLIC, "StatementId": "iam", "FunctionUrlAuthType": "AWS_IAM"})
    assert visit(url).status == 403
    lam.add_permission(FunctionName=name, **PUBLIC)
    assert visit(url).status == 200
    lam.remove_permission(FunctionName=name, StatementId=PUBLIC["StatementId"])
    assert visit(url).status == 403


def test_an_address_that_is_none_or_was_deleted_is_forbidden(lam, urls):
    name, url = urls()
    assert visit(url).status == 200
    for other in (url.replace(url[7:12], "00000"), url.replace(REGION, "eu-west-1")):
        answer = visit(other)
        assert (answer.status, answer.json) == (403, {"Message": None})
        assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
        assert answer.headers["content-type"] == "application/json"
    lam.delete_function_url_config(FunctionName=name)
    assert (visit(url).status, visit(url).json) == (403, {"Message": None})
    again = lam.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    assert again != url and visit(again).status == 200 and visit(url).status == 403
    lam.delete_function(FunctionName=name)
    assert (visit(again).status, visit(again).json) == (403, {"Message": None})


def test_signatures_are_for_lambda_in_the_functions_region(urls, owner):
    name, url = urls(auth="AWS_IAM")
    path, headers = sign(url, *owner, path="/a?b=c")
    answer = visit(url, path=path, headers=headers)
    assert answer.status == 200, answer.data
    context = answer.json["requestContext"]
    assert context["accountId"] == ACCOUNT
    iam = context["authorizer"]["iam"]
    assert iam == {
        "accessKey": owner[0],
        "accountId": ACCOUNT,
        "callerId": ACCOUNT,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": f"arn:aws:iam::{ACCOUNT}:root",
        "userId": ACCOUNT,
    }
    assert "authorization" not in answer.json["headers"]
    body = b'{"some":"body"}'
    path, headers = sign(url, *owner, method="POST", body=body)
    assert visit(url, "POST", path, body, headers).json["body"] == body.decode()
    path, headers = sign(url, *owner, query=True)
    assert visit(url, path=path, headers=headers).status == 200
    bad = [
        visit(url),
        visit(url, "POST", *sign_and(sign(url, *owner, method="POST", body=body), b'{"other":"body"}')),
        visit(url, "GET", *sign_and(sign(url, owner[0], "wrong"))),
        visit(url, "GET", *sign_and(sign(url, *owner, service="execute-api"))),
        visit(url, "GET", *sign_and(sign(url, *owner, region="eu-west-1"))),
        visit(url, "POST", *sign_and(sign(url, *owner, method="POST", body=body, headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}), body)),
    ]
    for answer in bad:
        assert (answer.status, answer.json) == (403, FORBIDDEN)
        assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"


def sign_and(signed, body=None):
    path, headers = signed
    return path, body, headers


def test_a_user_needs_permission_for_exactly_this_url(server, lam, urls):
    name, url = urls(auth="AWS_IAM")
    iam = server.client("iam")
    user = f"url-{name}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    keys = key["AccessKeyId"], key["SecretAccessKey"]

    def visited():
        path, headers = sign(url, *keys)
        return visit(url, path=path, headers=headers)

    assert (visited().status, visited().json) == (403, FORBIDDEN)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    allow = {"Effect": "Allow", "Action": "lambda:InvokeFunctionUrl", "Resource": arn}
    for condition, status in (("NONE", 403), ("AWS_IAM", 200)):
        statement = {**allow, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": condition}}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)
        assert visited().status == status
    told = visited().json["requestContext"]["authorizer"]["iam"]
    assert told["userArn"] == f"arn:aws:iam::{ACCOUNT}:user/{user}" and told["callerId"].startswith("AIDA")
    iam.delete_user_policy(UserName=user, PolicyName="p")
    assert visited().status == 403
    # The policy of the function is enough by itself.
    lam.add_permission(
        FunctionName=name,
        StatementId="user",
        Action="lambda:InvokeFunctionUrl",
        Principal=f"arn:aws:iam::{ACCOUNT}:user/{user}",
        FunctionUrlAuthType="AWS_IAM",
    )
    assert visited().status == 200


def test_an_alias_has_a_url_and_a_policy_of_its_own(lam, urls):
    name, url = urls()
    lam.publish_version(FunctionName=name)
    lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    live = lam.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE")["FunctionUrl"]
    assert (visit(url).status, visit(live).status) == (200, 403)
    lam.add_permission(FunctionName=name, Qualifier="live", **PUBLIC)
    told = visit(live, "POST", body='{"ask": "version"}').json
    assert told == {"version": "1", "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:live"}
    assert visit(url, "POST", body='{"ask": "version"}').json["version"] == "$LATEST"
    lam.delete_alias(FunctionName=name, Name="live")
    assert (visit(live).status, visit(live).json) == (403, {"Message": None})


def test_a_function_without_concurrency_is_throttled(lam, urls):
    name, url = urls()
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    answer = visit(url)
    assert answer.status == 429
    assert answer.json["message"] == "Rate Exceeded." and answer.json["Type"] == "User"
    assert answer.json["Reason"].startswith("ReservedFunction")
    lam.delete_function_concurrency(FunctionName=name)
    assert visit(url).status == 200


def test_browsers_of_other_origins_get_what_is_configured(urls):
    cors = {
        "AllowOrigins": ["https://a.example"],
        "AllowMethods": ["PUT", "GET"],
        "AllowHeaders": ["x-a"],
        "ExposeHeaders": ["x-b"],
        "MaxAge": 60,
        "AllowCredentials": True,
    }
    name, url = urls(url={"Cors": cors})
    question = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    answer = visit(url, "OPTIONS", headers=question)
    told = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert (answer.status, answer.data) == (200, b"")
    assert told == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-methods": "PUT,GET",
        "access-control-allow-headers": "x-a",
        "access-control-expose-headers": "x-b",
        "access-control-max-age": "60",
        "access-control-allow-credentials": "true",
    }
    answer = visit(url, "OPTIONS", headers={**question, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "X-B": "1"}}
    body = json.dumps({"ask": {"return": own}})
    answer = visit(url, "POST", body=body, headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in visit(url, "POST", body=body).headers


def test_without_cors_the_function_answers_for_itself(page):
    question = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    assert visit(page, "OPTIONS", headers=question).json["requestContext"]["http"]["method"] == "OPTIONS"


def streamer(name="streamer.py"):
    return {"Runtime": "provided.al2023", "Handler": "h", "Code": {"ZipFile": packages.guest(name, "bootstrap")}}


@pytest.fixture(scope="module")
def flowing(urls):
    return urls(function=streamer(), url={"InvokeMode": "RESPONSE_STREAM"})[1]


PRELUDE = "application/vnd.awslambda.http-integration-response"


def test_a_stream_begins_before_it_ends_and_is_cut_when_the_function_fails(flowing):
    parts = urllib.parse.urlsplit(flowing)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
    event = {"do": "stream", "pieces": ["first"], "then": "hang", "type": "text/x"}
    connection.request("POST", "/", body=json.dumps(event), headers={"Host": parts.netloc})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["content-type"], answer.headers["transfer-encoding"]) == (200, "text/x", "chunked")
    assert answer.read(5) == b"first"
    # The timeout comes after the first byte: there is no way left to say so but to break off.
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_the_prelude_of_a_stream_is_the_head_of_the_answer(flowing):
    head = json.dumps({"statusCode": 418, "headers": {"X-A": "b"}, "cookies": ["c=1"]})
    event = {"do": "stream", "type": PRELUDE, "pieces": [head, "\0" * 4, "\0" * 4 + "te", "a\0"]}
    answer = visit(flowing, "POST", body=json.dumps(event))
    assert (answer.status, answer.data) == (418, b"tea\0")
    assert (answer.headers["x-a"], answer.headers["set-cookie"]) == ("b", "c=1")
    for pieces in (["no json" + "\0" * 8], [head], [" " * (16 * 1024 + 9)]):
        answer = visit(flowing, "POST", body=json.dumps({"do": "stream", "type": PRELUDE, "pieces": pieces}))
        assert (answer.status, answer.data) == (502, b"Internal Server Error")


def test_without_a_prelude_a_stream_is_the_body(flowing):
    answer = visit(flowing, "POST", body=json.dumps({"do": "stream", "pieces": ["a", MIB * 8]}))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.data == b"a" + b"x" * (8 * MIB)


def test_a_function_that_does_not_stream_is_mapped_as_ever(flowing):
    for text, status, data in (
        ('{"statusCode": 201, "body": "b"}', 201, b"b"),
        ("[1, 2]", 200, b"[1,2]"),
        ("no json", 502, b"Internal Server Error"),
    ):
        answer = visit(flowing, "POST", body=json.dumps({"do": "raw", "text": text}))
        assert (answer.status, answer.data) == (status, data)
    assert visit(flowing, "POST", body='{"do": "raise"}').status == 502


def test_a_stream_behind_a_buffered_url_has_to_be_an_answer(urls):
    name, url = urls(function=streamer())
    answer = visit(url, "POST", body=json.dumps({"do": "stream", "pieces": ['{"statusCode": 201, ', '"body": "b"}']}))
    assert (answer.status, answer.data) == (201, b"b")


@pytest.mark.skipif(not NODES, reason="no Node.js runtime was provisioned")
def test_the_official_node_client_streams_to_a_url(urls):
    code = {"ZipFile": packages.guest("streamer.mjs", "guest.mjs")}
    function = {"Runtime": NODES[-1], "Handler": "guest.handler", "Code": code}
    name, url = urls(function=function, url={"InvokeMode": "RESPONSE_STREAM"})
    prelude = {"statusCode": 203, "headers": {"Content-Type": "text/html", "X-A": "b"}, "cookies": ["c=1"]}
    answer = visit(url, "POST", body=json.dumps({"prelude": prelude, "pieces": ["<p>", "hi"], "pause": 20}))
    assert (answer.status, answer.data) == (203, b"<p>hi")
    assert (answer.headers["content-type"], answer.headers["x-a"], answer.headers["set-cookie"]) == ("text/html", "b", "c=1")
    answer = visit(url, "POST", body=json.dumps({"type": "text/x", "pieces": ["a"]}))
    assert (answer.status, answer.headers["content-type"], answer.data) == (200, "text/x", b"a")


def test_an_operator_can_say_where_urls_are_and_ask_for_both_permissions(start):
    server = start({"function-urls": {"base-url": "https://functions.example.com", "needs-invoke-permission": True}})
    lam = server.client("lambda")
    functions = Functions(lam)
    name = functions.create(**web(Runtime=PYTHON))
    url = lam.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    assert re.fullmatch(rf"https://[0-9a-z]{{32}}\.lambda-url\.{REGION}\.functions\.example\.com/", url)
    here = f"http://{urllib.parse.urlsplit(url).netloc}:{urllib.parse.urlsplit(server.endpoint).port}/"
    lam.add_permission(FunctionName=name, **PUBLIC)
    assert visit(here).status == 403
    lam.add_permission(
        FunctionName=name,
        StatementId="FunctionURLInvokeAllowPublicAccess",
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
    )
    assert visit(here).status == 200


def test_permission_through_the_url_is_none_for_the_api(server, lam, urls):
    name, url = urls()
    lam.add_permission(
        FunctionName=name, StatementId="via", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True
    )
    iam = server.client("iam")
    iam.create_user(UserName=f"via-{name}")
    key = iam.create_access_key(UserName=f"via-{name}")["AccessKey"]
    other = server.client("lambda", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert refused(other.invoke, FunctionName=name).code == "AccessDeniedException"


def test_urls_outlive_a_restart(start):
    server = start()
    lam = server.client("lambda")
    name = Functions(lam).create(**web())
    url = lam.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    lam.add_permission(FunctionName=name, **PUBLIC)
    assert server.stop() == 0
    server.start()
    port = urllib.parse.urlsplit(server.endpoint).port
    assert visit(re.sub(r":\d+/", f":{port}/", url)).status == 200
