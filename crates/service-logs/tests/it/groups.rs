//! Creating, listing and deleting log groups.

use api::logs::*;

use crate::{FUNCTION, World, call, refused};

async fn describe(world: &World, input: DescribeLogGroupsRequest) -> DescribeLogGroupsResponse {
    world.run::<DescribeLogGroups>(input).await.unwrap()
}

async fn names(world: &World, input: DescribeLogGroupsRequest) -> Vec<String> {
    let groups = describe(world, input).await.log_groups.unwrap();
    groups.into_iter().map(|group| group.log_group_name.unwrap()).collect()
}

#[tokio::test]
async fn a_group_that_a_function_writes_to_appears_by_itself() {
    let world = World::new().await;
    let created_ms = world.now_ms();
    world.function_writes("s", &[(created_ms, "hello")]).await;
    world.advance_ms(5000);
    let groups = describe(&world, DescribeLogGroupsRequest::default()).await.log_groups.unwrap();
    let [group] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!(group.log_group_name.as_deref(), Some(FUNCTION));
    assert_eq!(group.creation_time, Some(created_ms));
    assert_eq!(group.stored_bytes, Some(5));
    assert_eq!(group.retention_in_days, None);
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/hello";
    assert_eq!(group.log_group_arn.as_deref(), Some(arn));
    assert_eq!(group.arn.as_deref(), Some(&*format!("{arn}:*")));
    let input = CreateLogGroupRequest { log_group_name: FUNCTION.into(), ..Default::default() };
    let answer = world.run::<CreateLogGroup>(input).await;
    let code = "ResourceAlreadyExistsException";
    refused(answer, code, "The specified log group already exists");
}

#[tokio::test]
async fn groups_belong_to_the_region_of_the_call() {
    let mut world = World::new().await;
    world.create_group("a").await;
    world.function_writes("s", &[(1, "x")]).await;
    world.call = call("eu-west-1");
    assert!(names(&world, DescribeLogGroupsRequest::default()).await.is_empty());
    let answer =
        world.run::<DeleteLogGroup>(DeleteLogGroupRequest { log_group_name: "a".into() }).await;
    refused(answer, "ResourceNotFoundException", "The specified log group does not exist.");
}

#[tokio::test]
async fn pages_of_groups_join_up_over_both_kinds_of_groups() {
    let world = World::new().await;
    for name in ["b", "a", "/aws/lambda/zebra", &"g".repeat(512)] {
        world.create_group(name).await;
    }
    world.function_writes("s", &[(1, "x")]).await;
    let mut all = Vec::new();
    let mut next_token = None;
    for _ in 0..20 {
        let input = DescribeLogGroupsRequest { limit: Some(2), next_token, ..Default::default() };
        let answer = describe(&world, input).await;
        all.extend(answer.log_groups.unwrap().into_iter().map(|g| g.log_group_name.unwrap()));
        next_token = answer.next_token;
        if next_token.is_none() {
            break;
        }
    }
    assert_eq!(all, [FUNCTION, "/aws/lambda/zebra", "a", "b", &"g".repeat(512)]);
}

#[tokio::test]
async fn groups_are_found_by_prefix_pattern_identifier_and_class() {
    let world = World::new().await;
    for name in ["app/web", "app/worker", "web"] {
        world.create_group(name).await;
    }
    let rare = CreateLogGroupRequest {
        log_group_name: "rare".into(),
        log_group_class: Some("INFREQUENT_ACCESS".into()),
        ..Default::default()
    };
    world.run::<CreateLogGroup>(rare).await.unwrap();
    let none = DescribeLogGroupsRequest::default;
    let prefix = DescribeLogGroupsRequest { log_group_name_prefix: Some("app/".into()), ..none() };
    assert_eq!(names(&world, prefix.clone()).await, ["app/web", "app/worker"]);
    let pattern = DescribeLogGroupsRequest { log_group_name_pattern: Some("web".into()), ..none() };
    assert_eq!(names(&world, pattern.clone()).await, ["app/web", "web"]);
    assert_eq!(describe(&world, pattern.clone()).await.log_groups.unwrap()[0].stored_bytes, None);
    let identifiers = DescribeLogGroupsRequest {
        log_group_identifiers: Some(vec![
            "arn:aws:logs:us-east-1:000000000000:log-group:web".into(),
            "arn:aws:logs:eu-west-1:000000000000:log-group:app/web".into(),
            "missing".into(),
        ]),
        ..none()
    };
    assert_eq!(names(&world, identifiers).await, ["web"]);
    let class =
        DescribeLogGroupsRequest { log_group_class: Some("INFREQUENT_ACCESS".into()), ..none() };
    assert_eq!(names(&world, class).await, ["rare"]);
    let both = DescribeLogGroupsRequest { log_group_name_prefix: Some("a".into()), ..pattern };
    refused(
        world.run::<DescribeLogGroups>(both).await,
        "InvalidParameterException",
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    );
    let token = DescribeLogGroupsRequest { next_token: Some("~".into()), ..none() };
    refused(
        world.run::<DescribeLogGroups>(token).await,
        "InvalidParameterException",
        "The specified nextToken is invalid.",
    );
}

#[tokio::test]
async fn a_deleted_group_is_gone_with_its_events_and_can_be_created_again() {
    let world = World::new().await;
    world.function_writes("s", &[(1, "x")]).await;
    let delete = DeleteLogGroupRequest { log_group_name: FUNCTION.into() };
    world.run::<DeleteLogGroup>(delete.clone()).await.unwrap();
    refused(
        world.run::<DeleteLogGroup>(delete).await,
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    );
    world.create_group(FUNCTION).await;
    let groups = describe(&world, DescribeLogGroupsRequest::default()).await.log_groups.unwrap();
    assert_eq!(groups[0].stored_bytes, Some(0));
}

#[tokio::test]
async fn promises_that_would_not_be_kept_are_refused() {
    let world = World::new().await;
    let base = || CreateLogGroupRequest { log_group_name: "a".into(), ..Default::default() };
    for input in [
        CreateLogGroupRequest { kms_key_id: Some("k".into()), ..base() },
        CreateLogGroupRequest { deletion_protection_enabled: Some(true), ..base() },
        CreateLogGroupRequest { log_group_class: Some("DELIVERY".into()), ..base() },
    ] {
        let error = world.run::<CreateLogGroup>(input).await.unwrap_err();
        assert_eq!(error.code(), "InvalidParameterException");
    }
    assert!(names(&world, DescribeLogGroupsRequest::default()).await.is_empty());
}
