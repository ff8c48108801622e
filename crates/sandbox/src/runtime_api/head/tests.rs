use proptest::prelude::*;

use super::*;

const ID: &str = "8a1b2c3d-0000-4000-8000-000000000042";

fn head(text: &str) -> Head {
    match parse(text.as_bytes()) {
        Parsed::Head(length, head) if length == text.len() => head,
        other => panic!("{text:?}: {other:?}"),
    }
}

fn bad(text: &str) -> u16 {
    match parse(text.as_bytes()) {
        Parsed::Bad(status) => status.as_u16(),
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn paths_name_calls() {
    let id = ID.parse().ok();
    let invocation = |rest: &str| format!("/2018-06-01/runtime/invocation/{rest}");
    let cases = [
        ("GET", "/2018-06-01/ping".to_owned(), Ok(Call::Ping)),
        ("GET", invocation("next"), Ok(Call::Next)),
        ("GET", format!("http://127.0.0.1:9001{}?x", invocation("next")), Ok(Call::Next)),
        ("POST", invocation(&format!("{ID}/response")), Ok(Call::Response(id))),
        ("POST", invocation(&format!("{ID}/error")), Ok(Call::Error(id))),
        ("POST", invocation("x/response"), Ok(Call::Response(None))),
        ("POST", "/2018-06-01/runtime/init/error".to_owned(), Ok(Call::InitError)),
        ("GET", "/2018-06-01/runtime/init/error".to_owned(), Err(405)),
        ("HEAD", invocation("next"), Err(405)),
        ("POST", invocation("next"), Err(405)),
        ("POST", invocation("x/other"), Err(404)),
        ("GET", "/2020-01-01/extension/register".to_owned(), Err(404)),
        ("GET", "/".to_owned(), Err(404)),
    ];
    for (method, target, expected) in cases {
        let got = head(&format!("{method} {target} HTTP/1.1\r\n\r\n")).call;
        assert_eq!(got.map_err(|status| status.as_u16()), expected, "{method} {target}");
    }
}

#[test]
fn headers_say_how_long_the_body_is_and_what_it_is() {
    let post = head(
        "POST / HTTP/1.1\r\nContent-LENGTH:  7 \r\nExpect: 100-Continue\r\n\
         lambda-runtime-function-error-type: My.Error\r\n\
         Lambda-Runtime-Function-Response-Mode: buffered\r\n\
         Content-Type: application/vnd.aws.lambda.error.cause+json\r\n\r\n",
    );
    assert_eq!(post.framing, Framing::Length(7));
    assert!(post.expects_continue && post.keep_alive);
    let labels = Labels {
        error_type: Some("My.Error".to_owned()),
        unknown_mode: true,
        with_cause: true,
        ..Labels::default()
    };
    assert_eq!(post.labels, labels);
    let streamed = head(
        "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5\r\n\
         Content-Type:  text/html \r\nLambda-Runtime-Function-Response-Mode: streaming\r\n\r\n",
    );
    let labels =
        Labels { streaming: true, content_type: Some("text/html".to_owned()), ..Labels::default() };
    assert_eq!((streamed.framing, streamed.labels), (Framing::Chunked, labels));
}

#[test]
fn a_connection_stays_open_as_its_version_and_its_headers_say() {
    for (version, connection, expected) in [
        ("1.1", "", true),
        ("1.1", "Connection: te, close\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
    ] {
        let text = format!("GET / HTTP/{version}\r\n{connection}\r\n");
        assert_eq!(head(&text).keep_alive, expected, "{text:?}");
    }
}

#[test]
fn what_would_be_understood_in_two_ways_is_refused() {
    for header in [
        "Content-Length: +1",
        "Content-Length: 1, 1",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 99999999999999999999999",
        "Content-Length:",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity",
        "No colon",
    ] {
        assert_eq!(bad(&format!("POST / HTTP/1.1\r\n{header}\r\n\r\n")), 400, "{header}");
    }
    assert_eq!(bad("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    assert_eq!(bad("GET / HTTP/2.0\r\n\r\n"), 400);
    let repeated = head("POST / HTTP/1.1\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\n");
    assert_eq!(repeated.framing, Framing::Length(3));
}

#[test]
fn heads_are_bounded() {
    let many = "a: b\r\n".repeat(MAX_HEADERS + 1);
    assert_eq!(bad(&format!("GET / HTTP/1.1\r\n{many}\r\n")), 431);
    let long = format!("GET / HTTP/1.1\r\na: {}", "b".repeat(MAX_HEAD_BYTES));
    assert_eq!(bad(&long), 431);
    assert_eq!(bad(&format!("{long}\r\n\r\n")), 431);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn damaged_heads_never_panic(at in 0_usize..120, byte in any::<u8>()) {
        let mut text = format!(
            "POST /2018-06-01/runtime/invocation/{ID}/response HTTP/1.1\r\n\
             Content-Length: 7\r\nConnection: close\r\n\r\n"
        ).into_bytes();
        if let Some(place) = text.get_mut(at) {
            *place = byte;
        }
        let _ = parse(&text);
    }

    #[test]
    fn a_head_is_partial_until_it_is_whole(cut in 0_usize..60) {
        let text = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n";
        prop_assert_eq!(parse(&text[..cut.min(text.len() - 1)]), Parsed::Partial);
    }
}
