//! Answers that flow.

use std::time::Duration;

use sandbox::{Answer, AnswerStream, Response};
use serde_json::json as object;

use crate::house::{House, Wish, json, text};

const MANY: &str = r#"{"do":"stream","bytes":100000,"pieces":300}"#;
const MANY_BYTES: usize = 30_000_000;

async fn begin(house: &House, event: &str) -> AnswerStream {
    match house.begin_streaming(event).response().await.unwrap() {
        Response::Stream(stream) => stream,
        Response::Whole(answer) => panic!("{event}: {answer:?}"),
    }
}

async fn rest(mut stream: AnswerStream) -> (Vec<u8>, Answer) {
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece);
    }
    (bytes, stream.end().await.unwrap())
}

async fn lives(house: &House, counter: u32) {
    assert_eq!(json(&house.invoke(r#"{"do":"count"}"#).await)["counter"], counter);
}

pub(crate) async fn a_stream_comes_as_it_is_written() {
    let house = House::start(Wish::default()).await;
    let stream = begin(&house, r#"{"do":"stream","piece":"abc","pieces":3}"#).await;
    assert_eq!(stream.content_type(), Some("text/x"));
    let (bytes, end) = rest(stream).await;
    assert_eq!(bytes, b"abcabcabc");
    assert!(!end.is_error && end.payload.is_empty());
    let tail = String::from_utf8(end.log_tail.unwrap().to_vec()).unwrap();
    assert!(tail.contains("streamed: 202 {\"status\":\"OK\"}\nEND "), "{tail}");
    house.freed().await;
    let (bytes, _) = rest(begin(&house, MANY).await).await;
    assert_eq!(bytes.len(), MANY_BYTES);
    house.freed().await;
    lives(&house, 1).await;
    house.end().await;
}

pub(crate) async fn a_guest_that_does_not_stream_is_heard_all_the_same() {
    let house = House::start(Wish { response_bytes: 100, ..Wish::default() }).await;
    for (event, is_error, payload) in [
        (r#"{"a":1}"#, false, r#"{"a": 1}"#),
        (r#"{"do":"raise"}"#, true, r#"{"errorMessage":"oops","errorType":"Oops"}"#),
        (
            r#"{"do":"large","bytes":200}"#,
            true,
            "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (100 bytes).\",\
             \"errorType\":\"Function.ResponseSizeTooLarge\"}",
        ),
    ] {
        let Some(Response::Whole(answer)) = house.begin_streaming(event).response().await else {
            panic!("{event} was streamed");
        };
        assert_eq!((answer.is_error, text(&answer)), (is_error, payload));
        house.freed().await;
    }
    house.end().await;
}

pub(crate) async fn a_stream_for_a_caller_who_wants_one_piece_is_collected() {
    let house = House::start(Wish { response_bytes: 100, ..Wish::default() }).await;
    let answer = house.invoke(r#"{"do":"stream","piece":"abc","pieces":3}"#).await;
    assert_eq!((answer.is_error, text(&answer)), (false, "abcabcabc"));
    let answer = house.invoke(r#"{"do":"stream","piece":"abc","pieces":40}"#).await;
    assert_eq!(json(&answer)["errorType"], "Function.ResponseSizeTooLarge");
    house.end().await;
}

pub(crate) async fn a_stream_that_fails_says_so_at_its_end() {
    let house = House::start(Wish::default()).await;
    let event = object!({"do": "stream", "piece": "abc", "pieces": 1, "trailers": {
        "Lambda-Runtime-Function-Error-Type": "Mine",
        "Lambda-Runtime-Function-Error-Body": "eyJhIjoxfQ==",
    }});
    let (bytes, end) = rest(begin(&house, &event.to_string()).await).await;
    assert_eq!(bytes, b"abc");
    assert_eq!((end.is_error, text(&end)), (true, r#"{"a":1}"#));
    assert_eq!(end.error_type.as_deref(), Some("Mine"));
    house.freed().await;
    lives(&house, 1).await;
    house.end().await;
}

pub(crate) async fn a_timeout_cuts_a_stream() {
    let house = House::start(Wish { timeout: Duration::from_secs(5), ..Wish::default() }).await;
    lives(&house, 1).await;
    let event = r#"{"do":"stream","piece":"abc","pieces":1,"then":"hang"}"#;
    let mut stream = begin(&house, event).await;
    assert_eq!(stream.next().await.unwrap(), "abc");
    let (bytes, end) = rest(stream).await;
    assert!(bytes.is_empty());
    assert_eq!(end.error_type.as_deref(), Some("Sandbox.Timedout"));
    assert!(text(&end).contains("Task timed out after 5.00 seconds"), "{}", text(&end));
    house.freed().await;
    lives(&house, 1).await;
    house.end().await;
}

pub(crate) async fn a_crash_cuts_a_stream() {
    let house = House::start(Wish::default()).await;
    let event = r#"{"do":"stream","piece":"abc","pieces":1,"then":"exit"}"#;
    let (bytes, end) = rest(begin(&house, event).await).await;
    assert_eq!(bytes, b"abc");
    // The caller hears of the connection's end, which comes first; the log tells of the exit.
    assert_eq!(end.error_type.as_deref(), Some("Runtime.TruncatedResponse"));
    assert!(end.is_error);
    house.freed().await;
    assert!(house.log().contains("Error Type: Runtime.ExitError"), "{}", house.log());
    lives(&house, 1).await;
    house.end().await;
}

pub(crate) async fn a_caller_who_does_not_read_holds_the_guest_up_until_its_timeout() {
    let house = House::start(Wish { timeout: Duration::from_secs(5), ..Wish::default() }).await;
    lives(&house, 1).await;
    let stream = begin(&house, MANY).await;
    house.freed().await;
    // The environment serves others, while the first caller still has not read a byte.
    lives(&house, 1).await;
    let (bytes, end) = rest(stream).await;
    assert!(bytes.len() < MANY_BYTES / 2, "{} bytes were held for the caller", bytes.len());
    assert_eq!(end.error_type.as_deref(), Some("Sandbox.Timedout"));
    house.end().await;
}

pub(crate) async fn a_caller_who_hangs_up_does_not_stop_the_guest() {
    let house = House::start(Wish::default()).await;
    let mut stream = begin(&house, MANY).await;
    stream.next().await.unwrap();
    drop(stream);
    house.freed().await;
    assert!(house.log().contains("streamed: 202"), "{}", house.log());
    drop(house.begin_streaming(MANY));
    house.freed().await;
    assert_eq!(house.log().matches("streamed: 202").count(), 2, "{}", house.log());
    lives(&house, 1).await;
    house.end().await;
}

pub(crate) async fn a_stream_that_is_too_long_ends_and_the_guest_is_told() {
    let house = House::start(Wish { streamed_bytes: 300_000, ..Wish::default() }).await;
    let (bytes, end) = rest(begin(&house, MANY).await).await;
    assert!(bytes.len() <= 300_000);
    assert_eq!(end.error_type.as_deref(), Some("Function.ResponseSizeTooLarge"));
    assert!(text(&end).contains("(300000 bytes)"), "{}", text(&end));
    house.freed().await;
    assert!(house.log().contains("streamed: 413 "), "{}", house.log());
    lives(&house, 1).await;
    house.end().await;
}
