//! Creating, listing and deleting log streams.

use api::logs::*;

use crate::{FUNCTION, World, refused};

fn create(stream: &str) -> CreateLogStreamRequest {
    CreateLogStreamRequest { log_group_name: "g".into(), log_stream_name: stream.into() }
}

async fn list(world: &World, input: DescribeLogStreamsRequest) -> Vec<String> {
    let mut names = Vec::new();
    let mut next_token = None;
    for _ in 0..20 {
        let input = DescribeLogStreamsRequest { next_token, ..input.clone() };
        let answer = world.run::<DescribeLogStreams>(input).await.unwrap();
        let streams = answer.log_streams.unwrap();
        names.extend(streams.into_iter().map(|stream| stream.log_stream_name.unwrap()));
        next_token = answer.next_token;
        if next_token.is_none() {
            return names;
        }
    }
    panic!("there is no end to {names:?}");
}

#[tokio::test]
async fn a_stream_is_created_once_in_a_group_that_exists() {
    let world = World::new().await;
    refused(
        world.run::<CreateLogStream>(create("s")).await,
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    );
    world.create_group("g").await;
    world.run::<CreateLogStream>(create("s")).await.unwrap();
    refused(
        world.run::<CreateLogStream>(create("s")).await,
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
    );
}

#[tokio::test]
async fn streams_are_listed_by_name_or_by_last_event_both_ways_over_pages() {
    let world = World::new().await;
    world.function_writes("a", &[(30, "x")]).await;
    world.function_writes("b", &[(10, "x")]).await;
    world.function_writes("c", &[]).await;
    world.function_writes("d", &[(20, "x"), (5, "y")]).await;
    let base = || DescribeLogStreamsRequest {
        log_group_name: Some(FUNCTION.into()),
        limit: Some(1),
        ..Default::default()
    };
    let by_time = || DescribeLogStreamsRequest { order_by: Some("LastEventTime".into()), ..base() };
    assert_eq!(list(&world, base()).await, ["a", "b", "c", "d"]);
    let descending = DescribeLogStreamsRequest { descending: Some(true), ..base() };
    assert_eq!(list(&world, descending).await, ["d", "c", "b", "a"]);
    assert_eq!(list(&world, by_time()).await, ["c", "b", "d", "a"]);
    let newest = DescribeLogStreamsRequest { descending: Some(true), ..by_time() };
    assert_eq!(list(&world, newest).await, ["a", "d", "b", "c"]);
    let prefix = DescribeLogStreamsRequest { log_stream_name_prefix: Some("b".into()), ..base() };
    assert_eq!(list(&world, prefix).await, ["b"]);
    let both = DescribeLogStreamsRequest { log_stream_name_prefix: Some("b".into()), ..by_time() };
    refused(
        world.run::<DescribeLogStreams>(both).await,
        "InvalidParameterException",
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
    );
}

#[tokio::test]
async fn a_stream_tells_its_times_and_its_group_may_be_named_by_arn() {
    let world = World::new().await;
    let now_ms = world.now_ms();
    world.function_writes("2025/01/01/[$LATEST]0a", &[(20, "x"), (5, "y")]).await;
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/hello";
    let input =
        DescribeLogStreamsRequest { log_group_identifier: Some(arn.into()), ..Default::default() };
    let answer = world.run::<DescribeLogStreams>(input.clone()).await.unwrap();
    let streams = answer.log_streams.unwrap();
    assert_eq!(streams[0].first_event_timestamp, Some(5));
    assert_eq!(streams[0].last_event_timestamp, Some(20));
    assert_eq!(streams[0].last_ingestion_time, Some(now_ms));
    let stream_arn = format!("{arn}:log-stream:2025/01/01/[$LATEST]0a");
    assert_eq!(streams[0].arn.as_deref(), Some(&*stream_arn));
    let both = DescribeLogStreamsRequest { log_group_name: Some(FUNCTION.into()), ..input };
    refused(
        world.run::<DescribeLogStreams>(both).await,
        "ValidationException",
        "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
    );
}

#[tokio::test]
async fn a_group_outlives_its_last_stream() {
    let world = World::new().await;
    let created_ms = world.now_ms();
    world.function_writes("s", &[(1, "x")]).await;
    world.advance_ms(1000);
    let delete =
        DeleteLogStreamRequest { log_group_name: FUNCTION.into(), log_stream_name: "s".into() };
    world.run::<DeleteLogStream>(delete.clone()).await.unwrap();
    refused(
        world.run::<DeleteLogStream>(delete).await,
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    );
    let answer = world.run::<DescribeLogGroups>(DescribeLogGroupsRequest::default()).await;
    let groups = answer.unwrap().log_groups.unwrap();
    assert_eq!(groups[0].log_group_name.as_deref(), Some(FUNCTION));
    assert_eq!(groups[0].creation_time, Some(created_ms));
}
