//! Searching the events of a group, and following them.

use std::collections::HashSet;
use std::time::Duration;

use api::logs::*;

use crate::{FUNCTION, World, refused};

fn search() -> FilterLogEventsRequest {
    FilterLogEventsRequest { log_group_name: Some(FUNCTION.into()), ..Default::default() }
}

fn texts(answer: &FilterLogEventsResponse) -> Vec<&str> {
    answer.events.iter().flatten().map(|event| event.message.as_deref().unwrap()).collect()
}

/// All pages of a search, and how many there were.
async fn all(world: &World, input: FilterLogEventsRequest) -> (Vec<FilteredLogEvent>, usize) {
    let mut events = Vec::new();
    let mut next_token = None;
    for pages in 1..=100 {
        let input = FilterLogEventsRequest { next_token, ..input.clone() };
        let answer = world.run::<FilterLogEvents>(input).await.unwrap();
        events.extend(answer.events.unwrap());
        next_token = answer.next_token;
        if next_token.is_none() {
            return (events, pages);
        }
    }
    panic!("there is no end to the pages")
}

async fn found(world: &World, input: FilterLogEventsRequest) -> Vec<String> {
    all(world, input).await.0.into_iter().map(|event| event.message.unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn streams_are_merged_by_time_over_pages_and_ids_stay() {
    let world = World::new().await;
    world.function_writes("a", &[(1, "1"), (3, "3"), (3, "3 again")]).await;
    world.function_writes("b", &[(2, "2"), (3, "3 of b"), (5, "5")]).await;
    let expected = ["1", "2", "3", "3 again", "3 of b", "5"];
    assert_eq!(found(&world, search()).await, expected);
    let single = FilterLogEventsRequest { limit: Some(1), ..search() };
    let (events, pages) = all(&world, single).await;
    assert!(pages >= 6);
    let ids = |events: &[FilteredLogEvent]| -> Vec<_> {
        events.iter().map(|event| event.event_id.clone().unwrap()).collect()
    };
    let single_ids = ids(&events);
    assert_eq!(single_ids, ids(&all(&world, search()).await.0));
    assert_eq!(single_ids.iter().collect::<HashSet<_>>().len(), 6);
    assert!(single_ids.iter().all(|id| id.len() == 56));
}

#[tokio::test(start_paused = true)]
async fn a_search_keeps_to_its_streams_its_span_and_its_direction() {
    let world = World::new().await;
    let start_ms = world.now_ms();
    for (stream, text) in [("web-1", "w1"), ("web-2", "w2"), ("db", "d")] {
        world.function_writes(stream, &[(start_ms + 10, text), (start_ms + 20, text)]).await;
    }
    let prefix = FilterLogEventsRequest { log_stream_name_prefix: Some("web".into()), ..search() };
    assert_eq!(found(&world, prefix.clone()).await, ["w1", "w2", "w1", "w2"]);
    let named = FilterLogEventsRequest { log_stream_names: Some(vec!["db".into()]), ..search() };
    assert_eq!(found(&world, named.clone()).await, ["d", "d"]);
    let first = FilterLogEventsRequest { end_time: Some(start_ms + 10), ..search() };
    assert_eq!(found(&world, first).await, ["w1", "w2", "d"]);
    let second = FilterLogEventsRequest { start_time: Some(start_ms + 11), ..search() };
    assert_eq!(found(&world, second.clone()).await, ["w1", "w2", "d"]);
    let backward =
        FilterLogEventsRequest { start_from_head: Some(false), limit: Some(1), ..second };
    assert_eq!(found(&world, backward).await, ["d", "w2", "w1"]);
    let both = FilterLogEventsRequest { log_stream_name_prefix: Some("w".into()), ..named };
    let error = world.run::<FilterLogEvents>(both).await.unwrap_err();
    assert_eq!(error.code(), "InvalidParameterException");
    let missing =
        FilterLogEventsRequest { log_stream_names: Some(vec!["none".into()]), ..search() };
    refused(
        world.run::<FilterLogEvents>(missing).await,
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    );
}

#[tokio::test(start_paused = true)]
async fn only_matching_events_are_found_and_a_bad_pattern_is_refused() {
    let world = World::new().await;
    world.function_writes("a", &[(1, "ERROR one\n"), (2, "INFO"), (3, "ERROR two\n")]).await;
    for (pattern, expected) in [
        ("ERROR", vec!["ERROR one\n", "ERROR two\n"]),
        ("ERROR -one", vec!["ERROR two\n"]),
        ("%two$%", vec!["ERROR two\n"]),
        ("[level = ERROR, number]", vec!["ERROR one\n", "ERROR two\n"]),
        ("FATAL", vec![]),
        ("", vec!["ERROR one\n", "INFO", "ERROR two\n"]),
    ] {
        let input = FilterLogEventsRequest { filter_pattern: Some(pattern.into()), ..search() };
        assert_eq!(found(&world, input).await, expected, "{pattern}");
    }
    let input = FilterLogEventsRequest { filter_pattern: Some("{ $.a = }".into()), ..search() };
    let answer = world.run::<FilterLogEvents>(input).await;
    refused(answer, "InvalidParameterException", "Invalid filter pattern");
}

#[tokio::test(start_paused = true)]
async fn a_long_search_answers_in_pages_that_may_be_empty_and_misses_nothing() {
    let world = World::new().await;
    let texts: Vec<String> = (0..45_000).map(|number| format!("n{number}")).collect();
    let events: Vec<_> = (0..).zip(texts.iter().map(String::as_str)).collect();
    world.function_writes("a", &events).await;
    let input = FilterLogEventsRequest { filter_pattern: Some("n44999".into()), ..search() };
    let first = world.run::<FilterLogEvents>(input.clone()).await.unwrap();
    assert!(self::texts(&first).is_empty() && first.next_token.is_some());
    assert_eq!(found(&world, input).await, ["n44999"]);
    assert_eq!(found(&world, search()).await, texts);
}

/// What `aws logs tail --follow` does: go on from the newest event and drop repeated ids.
struct Follower {
    start_time: Option<i64>,
    seen: HashSet<String>,
}

impl Follower {
    async fn poll(&mut self, world: &World) -> Vec<String> {
        let input = FilterLogEventsRequest { start_time: self.start_time, ..search() };
        let mut events = all(world, input).await.0;
        self.start_time = events.last().and_then(|event| event.timestamp).or(self.start_time);
        events.retain(|event| self.seen.insert(event.event_id.clone().unwrap()));
        events.into_iter().map(|event| event.message.unwrap()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_follower_sees_an_event_that_is_stored_after_a_newer_one() {
    let world = World::new().await;
    let mut follower = Follower { start_time: None, seen: HashSet::new() };
    let start_ms = world.now_ms();
    world.function_writes("slow", &[]).await;
    world.function_writes("quick", &[(start_ms, "first")]).await;
    world.advance_ms(10);
    assert_eq!(follower.poll(&world).await, ["first"]);

    world.advance_ms(50);
    world.function_writes("quick", &[(start_ms + 50, "newer")]).await;
    let late = async {
        // Within the time that the service waits, the clock goes on and more happens.
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.advance_ms(100);
        world.function_writes("slow", &[(start_ms + 40, "late")]).await;
        world.function_writes("quick", &[(start_ms + 155, "next")]).await;
    };
    let (polled, ()) = tokio::join!(follower.poll(&world), late);
    assert_eq!(polled, ["late", "newer"]);
    world.advance_ms(1000);
    assert_eq!(follower.poll(&world).await, ["next"]);
    assert!(follower.poll(&world).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_search_of_the_past_does_not_wait() {
    let world = World::new().await;
    world.function_writes("a", &[(1, "x")]).await;
    let before = tokio::time::Instant::now();
    let past = FilterLogEventsRequest { end_time: Some(world.now_ms() - 10_000), ..search() };
    assert_eq!(found(&world, past).await, ["x"]);
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(found(&world, search()).await, ["x"]);
    assert_eq!(before.elapsed(), Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn the_first_logs_of_a_function_are_waited_for() {
    let world = World::new().await;
    let first = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.function_writes("a", &[(world.now_ms() - 100, "START")]).await;
    };
    let (answer, ()) = tokio::join!(found(&world, search()), first);
    assert_eq!(answer, ["START"]);
}
