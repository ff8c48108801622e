use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ID: &str = "0123456789abcdef0123456789abcdef";

fn told(request: http::request::Builder, body: &[u8], caller: Option<&Caller>) -> Value {
    let host = format!("{ID}.lambda-url.us-east-1.localhost:4566");
    let (head, ()) = request.header("Host", host).body(()).unwrap().into_parts();
    let address = Address::of(&head).unwrap();
    let event = event(&Told {
        head: &head,
        body,
        address: &address,
        source_ip: "::ffff:192.0.2.1".parse().unwrap(),
        caller,
        request_id: "r-1",
        trace: "Root=1-2-3",
        at: OffsetDateTime::from_unix_timestamp_nanos(1_583_348_638_390_000_000).unwrap(),
    });
    serde_json::from_slice(&event.unwrap()).unwrap()
}

#[test]
fn an_event_is_of_the_documented_form() {
    let request = Request::post("/my/pa2%Fth?p1=v1&p1=v%202&p2=x&flag")
        .header("Header2", "v1")
        .header("header2", "V2")
        .header("Cookie", "c1=1; c2=2")
        .header("cookie", "c3=3")
        .header("User-Agent", "agent")
        .header("Content-Type", "text/plain");
    let domain = format!("{ID}.lambda-url.us-east-1.localhost");
    let expected = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/pa2%Fth",
        "rawQueryString": "p1=v1&p1=v%202&p2=x&flag",
        "cookies": ["c1=1", "c2=2", "c3=3"],
        "headers": {
            "header2": "v1,V2",
            "cookie": "c1=1; c2=2,c3=3",
            "user-agent": "agent",
            "content-type": "text/plain",
            "host": format!("{domain}:4566"),
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "4566",
            "x-forwarded-proto": "http",
            "x-amzn-trace-id": "Root=1-2-3",
        },
        "queryStringParameters": {"p1": "v1,v 2", "p2": "x", "flag": ""},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": ID,
            "domainName": domain,
            "domainPrefix": ID,
            "http": {
                "method": "POST",
                "path": "/my/pa2%Fth",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "r-1",
            "routeKey": "$default",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_i64,
        },
        "body": "Hello",
        "isBase64Encoded": false,
    });
    assert_eq!(told(request, b"Hello", None), expected);
}

#[test]
fn what_a_request_does_not_have_is_absent() {
    let event = told(Request::get("/"), b"", None);
    let members: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    ];
    expected.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(event["rawQueryString"], "");
    assert!(event["requestContext"].get("authorizer").is_none());
    assert!(event["requestContext"]["http"].get("userAgent").is_none());
}

#[test]
fn who_signed_is_told_and_how_is_not() {
    let caller = Caller {
        arn: "arn:aws:iam::111122223333:user/x".into(),
        user_id: "AIDAX".into(),
        access_key_id: "AKIAX".into(),
        ..Caller::root(&"111122223333".into())
    };
    let request = || {
        Request::get("/").header("Authorization", "secret").header("X-Forwarded-For", "192.0.2.9")
    };
    let event = told(request(), b"", Some(&caller));
    let iam = json!({
        "accessKey": "AKIAX",
        "accountId": "111122223333",
        "callerId": "AIDAX",
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": "arn:aws:iam::111122223333:user/x",
        "userId": "AIDAX",
    });
    assert_eq!(event["requestContext"]["authorizer"], json!({ "iam": iam }));
    assert_eq!(event["requestContext"]["accountId"], "111122223333");
    assert!(event["headers"].get("authorization").is_none());
    assert_eq!(event["headers"]["x-forwarded-for"], "192.0.2.9, 192.0.2.1");
    // A public function may have authorisation of its own.
    assert_eq!(told(request(), b"", None)["headers"]["authorization"], "secret");
}

#[test]
fn a_body_is_text_where_its_type_and_its_bytes_are() {
    let text = b"text".as_slice();
    for (kind, body, is_text) in [
        (None, text, true),
        (None, b"\xff", false),
        (Some("text/html; charset=utf-8"), text, true),
        (Some("text/html"), b"\xff", false),
        (Some("Application/JSON"), text, true),
        (Some("application/vnd.api+json"), text, true),
        (Some("application/soap+xml"), text, true),
        (Some("application/javascript"), text, true),
        (Some("application/x-www-form-urlencoded"), text, true),
        (Some("application/octet-stream"), text, false),
        (Some("multipart/form-data; boundary=x"), text, false),
        (Some("image/png"), text, false),
        (Some("nonsense"), text, false),
    ] {
        let request = kind
            .into_iter()
            .fold(Request::put("/"), |request, kind| request.header("content-type", kind));
        let event = told(request, body, None);
        let expected = if is_text { "text".to_owned() } else { STANDARD.encode(body) };
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!(expected), &json!(!is_text)),
            "{kind:?}"
        );
    }
    let zipped =
        Request::put("/").header("content-encoding", "gzip").header("content-type", "text/plain");
    assert_eq!(told(zipped, text, None)["isBase64Encoded"], true);
}

proptest! {
    #[test]
    fn no_body_is_lost(body in proptest::collection::vec(any::<u8>(), 1..200)) {
        let event = told(Request::put("/").header("content-type", "text/plain"), &body, None);
        let text = event["body"].as_str().unwrap();
        let read = if event["isBase64Encoded"] == true { STANDARD.decode(text).unwrap() } else { text.as_bytes().to_vec() };
        prop_assert_eq!(read, body);
    }
}
