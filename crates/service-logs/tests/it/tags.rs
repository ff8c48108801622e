//! Tags of log groups.

use std::collections::BTreeMap;

use api::logs::*;

use crate::{FUNCTION, World, refused};

const ARN: &str = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/hello";

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn listed(world: &World, arn: &str) -> BTreeMap<String, String> {
    let input = ListTagsForResourceRequest { resource_arn: arn.to_owned() };
    world.run::<ListTagsForResource>(input).await.unwrap().tags.unwrap()
}

#[tokio::test]
async fn tags_come_with_the_group_and_can_be_added_and_removed() {
    let world = World::new().await;
    let input = CreateLogGroupRequest {
        log_group_name: FUNCTION.into(),
        tags: Some(tags(&[("a", "1")])),
        ..Default::default()
    };
    world.run::<CreateLogGroup>(input).await.unwrap();
    assert_eq!(listed(&world, ARN).await, tags(&[("a", "1")]));
    let add = TagResourceRequest {
        resource_arn: format!("{ARN}:*"),
        tags: tags(&[("a", "2"), ("b", "3")]),
    };
    world.run::<TagResource>(add).await.unwrap();
    assert_eq!(listed(&world, ARN).await, tags(&[("a", "2"), ("b", "3")]));
    let remove =
        UntagResourceRequest { resource_arn: ARN.into(), tag_keys: vec!["a".into(), "x".into()] };
    world.run::<UntagResource>(remove).await.unwrap();
    assert_eq!(listed(&world, ARN).await, tags(&[("b", "3")]));
}

#[tokio::test]
async fn a_group_that_a_function_made_has_no_tags_until_it_gets_some() {
    let world = World::new().await;
    world.function_writes("s", &[(1, "x")]).await;
    assert_eq!(listed(&world, ARN).await, BTreeMap::new());
    let add = TagResourceRequest { resource_arn: ARN.into(), tags: tags(&[("a", "1")]) };
    world.run::<TagResource>(add).await.unwrap();
    assert_eq!(listed(&world, ARN).await, tags(&[("a", "1")]));
}

#[tokio::test]
async fn what_is_no_group_has_no_tags_and_no_group_has_more_than_fifty() {
    let world = World::new().await;
    for arn in [ARN, "/aws/lambda/hello", "arn:aws:logs:eu-west-1:000000000000:log-group:x"] {
        let input = ListTagsForResourceRequest { resource_arn: arn.to_owned() };
        let answer = world.run::<ListTagsForResource>(input).await;
        let text = "The specified log group does not exist.";
        refused(answer, "ResourceNotFoundException", text);
    }
    world.function_writes("s", &[(1, "x")]).await;
    let many = (0..51).map(|number| (number.to_string(), String::new())).collect();
    let add = TagResourceRequest { resource_arn: ARN.into(), tags: many };
    refused(world.run::<TagResource>(add).await, "TooManyTagsException", "Too many tags.");
}
