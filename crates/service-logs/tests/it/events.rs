//! Writing events, and reading those of one stream.

use api::logs::*;
use wire::ApiError;

use crate::{FUNCTION, World, refused};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn get() -> GetLogEventsRequest {
    GetLogEventsRequest {
        log_group_name: Some(FUNCTION.into()),
        log_stream_name: "s".into(),
        ..Default::default()
    }
}

/// One page: the messages, then the tokens to go forward and backward.
async fn page(world: &World, input: GetLogEventsRequest) -> (Vec<String>, String, String) {
    let answer = world.run::<GetLogEvents>(input).await.unwrap();
    let events = answer.events.unwrap();
    let messages = events.into_iter().map(|event| event.message.unwrap()).collect();
    (messages, answer.next_forward_token.unwrap(), answer.next_backward_token.unwrap())
}

fn from_token(token: &str) -> GetLogEventsRequest {
    GetLogEventsRequest { next_token: Some(token.into()), limit: Some(2), ..get() }
}

async fn put(world: &World, events: &[(i64, String)]) -> Result<PutLogEventsResponse, ApiError> {
    let event = |(timestamp, message): &(i64, String)| InputLogEvent {
        timestamp: *timestamp,
        message: message.clone(),
    };
    let input = PutLogEventsRequest {
        log_group_name: FUNCTION.into(),
        log_stream_name: "s".into(),
        log_events: events.iter().map(event).collect(),
        ..Default::default()
    };
    world.run::<PutLogEvents>(input).await
}

#[tokio::test]
async fn pages_go_forward_to_the_end_and_stay_there_until_more_comes() {
    let world = World::new().await;
    world.function_writes("s", &[(1, "a"), (2, "b"), (3, "c")]).await;
    let head = GetLogEventsRequest { start_from_head: Some(true), limit: Some(2), ..get() };
    let (messages, forward, backward) = page(&world, head).await;
    assert_eq!(messages, ["a", "b"]);
    assert!(page(&world, from_token(&backward)).await.0.is_empty());
    let (messages, end, _) = page(&world, from_token(&forward)).await;
    assert_eq!(messages, ["c"]);
    let (messages, same, before_end) = page(&world, from_token(&end)).await;
    assert_eq!((messages, &same), (Vec::new(), &end));
    assert_eq!(page(&world, from_token(&before_end)).await.0, ["b", "c"]);
    world.function_writes("s", &[(0, "older, but stored later")]).await;
    assert_eq!(page(&world, from_token(&same)).await.0, ["older, but stored later"]);
}

#[tokio::test]
async fn the_newest_events_come_first_unless_asked_otherwise() {
    let world = World::new().await;
    world.function_writes("s", &[(1, "a"), (2, "b"), (3, "c")]).await;
    let (messages, forward, backward) =
        page(&world, GetLogEventsRequest { limit: Some(2), ..get() }).await;
    assert_eq!(messages, ["b", "c"]);
    let (messages, _, start) = page(&world, from_token(&backward)).await;
    assert_eq!(messages, ["a"]);
    let (messages, after_start, same) = page(&world, from_token(&start)).await;
    assert_eq!((messages, &same), (Vec::new(), &start));
    assert_eq!(page(&world, from_token(&after_start)).await.0, ["a", "b"]);
    let (messages, same, _) = page(&world, from_token(&forward)).await;
    assert_eq!((messages, &same), (Vec::new(), &forward));
}

#[tokio::test]
async fn an_empty_stream_is_followed_from_its_start() {
    let world = World::new().await;
    world.function_writes("s", &[]).await;
    let (messages, forward, _) = page(&world, get()).await;
    assert!(messages.is_empty());
    world.function_writes("s", &[(1, "a")]).await;
    assert_eq!(page(&world, from_token(&forward)).await.0, ["a"]);
}

#[tokio::test]
async fn the_end_time_is_not_part_of_the_span_and_a_page_is_in_order_of_time() {
    let world = World::new().await;
    world.function_writes("s", &[(3, "c"), (1, "a"), (4, "d"), (2, "b")]).await;
    let span = GetLogEventsRequest { start_time: Some(2), end_time: Some(4), ..get() };
    assert_eq!(page(&world, span).await.0, ["b", "c"]);
}

#[tokio::test]
async fn an_answer_holds_a_megabyte_at_most() {
    let world = World::new().await;
    let large = "x".repeat(400_000);
    world.function_writes("s", &[(1, &large), (2, &large), (3, &large)]).await;
    let (messages, forward, _) =
        page(&world, GetLogEventsRequest { start_from_head: Some(true), ..get() }).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(page(&world, from_token(&forward)).await.0.len(), 1);
}

#[tokio::test]
async fn what_is_not_there_is_not_read() {
    let world = World::new().await;
    let code = "ResourceNotFoundException";
    let answer = world.run::<GetLogEvents>(get()).await;
    refused(answer, code, "The specified log group does not exist.");
    world.function_writes("other", &[]).await;
    let answer = world.run::<GetLogEvents>(get()).await;
    refused(answer, code, "The specified log stream does not exist.");
    refused(
        world.run::<GetLogEvents>(from_token("f/nonsense")).await,
        "InvalidParameterException",
        "The specified nextToken is invalid.",
    );
}

#[tokio::test]
async fn what_is_put_is_read_back_with_both_times() {
    let world = World::new().await;
    world.function_writes("s", &[]).await;
    let now_ms = world.now_ms();
    let answer = put(&world, &[(now_ms - 5, "a".into()), (now_ms, "größe".into())]).await.unwrap();
    assert_eq!(answer.rejected_log_events_info, None);
    assert_eq!(answer.next_sequence_token.unwrap().len(), 56);
    let events = world.run::<GetLogEvents>(get()).await.unwrap().events.unwrap();
    assert_eq!(events[0].timestamp, Some(now_ms - 5));
    assert_eq!(events[1].ingestion_time, Some(now_ms));
    assert_eq!(events[1].message.as_deref(), Some("größe"));
}

#[tokio::test]
async fn events_outside_the_accepted_times_are_told_and_left_out() {
    let world = World::new().await;
    world.function_writes("s", &[]).await;
    let retention =
        PutRetentionPolicyRequest { log_group_name: FUNCTION.into(), retention_in_days: 7 };
    world.run::<PutRetentionPolicy>(retention).await.unwrap();
    let now_ms = world.now_ms();
    let events = [-15, -8, 0, 1].map(|days| (now_ms + days * DAY_MS, days.to_string()));
    let rejected = put(&world, &events).await.unwrap().rejected_log_events_info.unwrap();
    assert_eq!(rejected.too_old_log_event_end_index, Some(1));
    assert_eq!(rejected.expired_log_event_end_index, Some(2));
    assert_eq!(rejected.too_new_log_event_start_index, Some(3));
    assert_eq!(page(&world, get()).await.0, ["0"]);
}

#[tokio::test]
async fn a_batch_that_breaks_the_rules_is_refused_whole() {
    let world = World::new().await;
    let now_ms = world.now_ms();
    let code = "InvalidParameterException";
    let missing = put(&world, &[(now_ms, "a".into())]).await;
    refused(missing, "ResourceNotFoundException", "The specified log group does not exist.");
    world.function_writes("s", &[]).await;
    refused(
        put(&world, &[(now_ms, "a".into()), (now_ms - 1, "b".into())]).await,
        code,
        "Log events in a single PutLogEvents request must be in chronological order.",
    );
    refused(
        put(&world, &[(now_ms - DAY_MS - 1, "a".into()), (now_ms, "b".into())]).await,
        code,
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
    refused(
        put(&world, &[(now_ms, "x".repeat(1_048_551))]).await,
        code,
        "Upload too large: 1048577 bytes exceeds limit of 1048576",
    );
    put(&world, &[(now_ms, "x".repeat(1_048_550))]).await.unwrap();
    assert_eq!(page(&world, get()).await.0.len(), 1);
}
