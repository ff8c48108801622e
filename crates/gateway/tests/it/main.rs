//! Requests through a real socket to a service that only repeats what it was told.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod door;
mod scroll;
mod streaming;

use http::{Method, StatusCode};

use door::{Door, Wish};

#[tokio::test]
async fn health_is_told_without_credentials() {
    let door = Door::open(Wish::default()).await;
    let answer = door.send(door.request(Method::GET, "/_lambkin/health", "")).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_signed_request_reaches_its_service_with_caller_and_region() {
    let door = Door::open(Wish::default()).await;
    let answer = door.send(door.signed("echo", "eu-west-1", "hello")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let text = door::text(answer).await;
    assert_eq!(text, "arn:aws:iam::000000000000:root eu-west-1 hello");
}

#[tokio::test]
async fn what_is_not_signed_or_wrongly_signed_is_refused_and_never_reaches_the_service() {
    let door = Door::open(Wish::default()).await;
    let unsigned = door.send(door.request(Method::POST, "/echo", "x")).await;
    assert_eq!(door::error_type(&unsigned), (403, "MissingAuthenticationTokenException"));
    let wrong = door.send(door.signed_by("AKIDEXAMPLE", "not the secret")).await;
    assert_eq!(door::error_type(&wrong), (403, "InvalidSignatureException"));
    let unknown = door.send(door.signed_by("AKIDNOBODY", door::SECRET)).await;
    assert_eq!(door::error_type(&unknown), (403, "UnrecognizedClientException"));
    let no_region = door.send(door.signed("echo", "NOWHERE!", "x")).await;
    assert_eq!(door::error_type(&no_region), (403, "InvalidSignatureException"));
    assert_eq!(door.calls(), 0);
}

#[tokio::test]
async fn a_user_needs_permission_and_root_does_not() {
    let door = Door::open(Wish::default()).await;
    let allowed = door.send(door.signed_by_user("soft")).await;
    assert_eq!(allowed.status(), StatusCode::OK);
    let denied = door.send(door.signed_by_user("loud")).await;
    assert_eq!(door::error_type(&denied), (403, "AccessDeniedException"));
    assert!(door::text(denied).await.contains("may not echo:loud"));
    let root = door.send(door.signed("echo", "us-east-1", "loud")).await;
    assert_eq!(root.status(), StatusCode::OK);
    assert_eq!(door.calls(), 2);
}

#[tokio::test]
async fn a_changed_body_is_refused() {
    let door = Door::open(Wish::default()).await;
    let (parts, _) = door.signed("echo", "us-east-1", "hello").into_parts();
    let answer = door.send(http::Request::from_parts(parts, "jello".to_owned())).await;
    assert_eq!(door::error_type(&answer), (403, "InvalidSignatureException"));
}

#[tokio::test]
async fn a_service_that_is_not_here_is_named_in_the_refusal() {
    let door = Door::open(Wish::default()).await;
    let answer = door.send(door.signed("nosuch", "us-east-1", "")).await;
    assert_eq!(door::error_type(&answer), (404, "UnknownOperationException"));
    assert!(door::text(answer).await.contains("nosuch"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_announced_or_not() {
    let door = Door::open(Wish { body_limit: 10, ..Wish::default() }).await;
    let announced = door.send(door.signed("echo", "us-east-1", "12345678901")).await;
    assert_eq!(door::error_type(&announced), (413, "RequestEntityTooLargeException"));
    let text = door::text(announced).await;
    assert!(
        text.contains("Request must be smaller than 10 bytes for the Echo operation"),
        "{text}"
    );
    let chunked = door.send_chunked(door.signed("echo", "us-east-1", "12345678901")).await;
    assert!(chunked.starts_with("HTTP/1.1 413 "), "{chunked}");
    assert_eq!(door.calls(), 0);
}

#[tokio::test]
async fn who_sends_far_too_much_is_told_so_and_not_cut_off() {
    let door = Door::open(Wish { body_limit: 10, ..Wish::default() }).await;
    let large = "x".repeat(32 << 20);
    let answer = door.send_chunked(door.signed("echo", "us-east-1", &large)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(door.calls(), 0);
}

#[tokio::test]
async fn with_authentication_off_everyone_is_root_in_the_default_region() {
    let door = Door::open(Wish { auth: gateway::Auth::Off, ..Wish::default() }).await;
    let answer = door.send(door.request(Method::POST, "/echo", "hi")).await;
    assert_eq!(door::text(answer).await, "arn:aws:iam::000000000000:root us-east-1 hi");
    let region = door.send(door.signed("echo", "eu-west-1", "hi")).await;
    assert_eq!(door::text(region).await, "arn:aws:iam::000000000000:root eu-west-1 hi");
}

#[tokio::test]
async fn a_request_under_way_is_finished_before_the_door_closes() {
    let door = Door::open(Wish { held: true, ..Wish::default() }).await;
    let answering = door.begin(door.signed("echo", "us-east-1", "late"));
    door.arrived().await;
    door.stop();
    door.release();
    let answer = answering.await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    door.closed().await;
}

#[tokio::test]
async fn what_finds_no_room_is_refused_unread_and_small_requests_still_pass() {
    let large = "x".repeat(30_000);
    let wish = Wish { held: true, body_limit: 100_000, buffered_bytes: 50_000, ..Wish::default() };
    let door = Door::open(wish).await;
    let first = door.begin(door.signed("echo", "us-east-1", &large));
    door.arrived().await;
    let second = door.send(door.signed("echo", "us-east-1", &large)).await;
    assert_eq!(door::error_type(&second), (429, "TooManyRequestsException"));
    assert!(door::text(second).await.contains("\"Reason\":\"CallerRateLimitExceeded\""));
    let small = door.begin(door.signed("echo", "us-east-1", "small"));
    door.arrived().await;
    assert_eq!(door.calls(), 2);
    door.release();
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
    door.release();
    assert_eq!(small.await.unwrap().status(), StatusCode::OK);
    let third = door.begin(door.signed("echo", "us-east-1", &large));
    door.arrived().await;
    door.release();
    assert_eq!(third.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_in_pieces_becomes_one() {
    let door = Door::open(Wish { body_limit: 2_000_000, ..Wish::default() }).await;
    let large = "x".repeat(900_000);
    let answer = door.send(door.signed("echo", "us-east-1", &large)).await;
    assert!(door::text(answer).await.ends_with(&large));
}
