//! Bodies that are read while they come.

use http::{Method, Request, StatusCode};

use crate::door::{self, Door, Wish};

const HASH_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

async fn answer(door: &Door, request: Request<String>) -> (StatusCode, String) {
    let answer = door.send(request).await;
    (answer.status(), door::text(answer).await)
}

#[tokio::test]
async fn a_body_may_be_larger_than_all_that_may_be_held() {
    let door = Door::open(Wish { body_limit: 10, buffered_bytes: 10, ..Wish::default() }).await;
    let body = "x".repeat(5_000_000);
    let request = door.scroll("/scroll", Some("UNSIGNED-PAYLOAD"), &body);
    assert_eq!(answer(&door, request).await, (StatusCode::OK, "eu-west-1 5000000 ".to_owned()));
}

#[tokio::test]
async fn what_follows_the_chunks_arrives_with_the_content() {
    let door = Door::open(Wish::default()).await;
    let body = "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n";
    let request = door.scroll("/scroll", Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), body);
    assert_eq!(answer(&door, request).await.1, "eu-west-1 3 NSRBwg==");
}

#[tokio::test]
async fn a_body_that_is_not_the_signed_one_ends_in_an_error() {
    let door = Door::open(Wish::default()).await;
    let right = door.scroll("/scroll", Some(HASH_OF_ABC), "abc");
    assert_eq!(answer(&door, right).await.1, "eu-west-1 3 ");
    let (status, text) = answer(&door, door.scroll("/scroll", Some(HASH_OF_ABC), "abd")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("<Code>XAmzContentSHA256Mismatch</Code>"), "{text}");
    let unsigned = "1\r\na\r\n0\r\n\r\n";
    let request = door.scroll("/scroll", Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), unsigned);
    let (status, text) = answer(&door, request).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(text.contains("<Code>SignatureDoesNotMatch</Code>"), "{text}");
}

#[tokio::test]
async fn heads_that_are_not_good_are_refused_in_xml() {
    let door = Door::open(Wish::default()).await;
    let mut changed = door.scroll("/scroll", Some(HASH_OF_ABC), "abc");
    *changed.uri_mut() = "/other".parse().unwrap();
    let undeclared = door.scroll("/scroll", None, "abc");
    for (request, status, code) in [
        (changed, 403, "SignatureDoesNotMatch"),
        (undeclared, 400, "AuthorizationHeaderMalformed"),
        (door.request(Method::PUT, "/scroll", "abc"), 403, "AccessDenied"),
        (door.scroll("/scroll?loud", Some(HASH_OF_ABC), "abc"), 403, "AccessDenied"),
    ] {
        let (found, text) = answer(&door, request).await;
        assert_eq!(found.as_u16(), status, "{text}");
        assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}");
    }
    let soft = door.scroll("/scroll?soft", Some(HASH_OF_ABC), "abc");
    assert_eq!(answer(&door, soft).await.0, StatusCode::OK);
}
