//! Expiry of events.

use std::time::Duration;

use api::logs::*;
use tokio_util::sync::CancellationToken;

use crate::{FUNCTION, World, refused};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

async fn retention_days(world: &World) -> Option<i32> {
    let answer = world.run::<DescribeLogGroups>(DescribeLogGroupsRequest::default()).await;
    answer.unwrap().log_groups.unwrap()[0].retention_in_days
}

async fn keep(world: &World, days: i32) {
    let input =
        PutRetentionPolicyRequest { log_group_name: FUNCTION.into(), retention_in_days: days };
    world.run::<PutRetentionPolicy>(input).await.unwrap();
}

#[tokio::test]
async fn expired_events_are_removed_and_the_others_stay() {
    let world = World::new().await;
    let now_ms = world.now_ms();
    let retention = world.logs.retention();
    let events = [(now_ms - 3 * DAY_MS - 1, "old"), (now_ms - 3 * DAY_MS, "edge"), (now_ms, "new")];
    world.function_writes("s", &events).await;
    assert_eq!(retention.reconcile().await, 0);
    keep(&world, 3).await;
    assert_eq!(retention_days(&world).await, Some(3));
    assert_eq!(retention.reconcile().await, 1);
    assert_eq!(retention.reconcile().await, 0);
    world.clock().advance(Duration::from_secs(3 * 86_400));
    assert_eq!(retention.reconcile().await, 1);

    let input = DeleteRetentionPolicyRequest { log_group_name: FUNCTION.into() };
    world.run::<DeleteRetentionPolicy>(input).await.unwrap();
    assert_eq!(retention_days(&world).await, None);
    world.clock().advance(Duration::from_secs(4000 * 86_400));
    assert_eq!(retention.reconcile().await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_reconciler_runs_on_changes_and_as_time_goes_by_until_it_is_closed() {
    let world = World::new().await;
    let now_ms = world.now_ms();
    world.function_writes("s", &[(now_ms - 2 * DAY_MS, "old"), (now_ms, "new")]).await;
    let closing = CancellationToken::new();
    let stored_bytes = || async {
        let answer = world.run::<DescribeLogGroups>(DescribeLogGroupsRequest::default()).await;
        answer.unwrap().log_groups.unwrap()[0].stored_bytes.unwrap()
    };
    let story = async {
        assert_eq!(stored_bytes().await, 6);
        keep(&world, 1).await;
        // The change has been signalled; all that is left is for the other side to be polled.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(stored_bytes().await, 3);
        world.clock().advance(Duration::from_secs(2 * 86_400));
        tokio::time::sleep(Duration::from_secs(3601)).await;
        assert_eq!(stored_bytes().await, 0);
        closing.cancel();
    };
    tokio::join!(world.logs.retention().run(closing.clone()), story);
}

#[tokio::test]
async fn only_known_numbers_of_days_and_existing_groups_are_accepted() {
    let world = World::new().await;
    let input = |days| PutRetentionPolicyRequest {
        log_group_name: FUNCTION.into(),
        retention_in_days: days,
    };
    let answer = world.run::<PutRetentionPolicy>(input(3)).await;
    refused(answer, "ResourceNotFoundException", "The specified log group does not exist.");
    world.create_group(FUNCTION).await;
    let error = world.run::<PutRetentionPolicy>(input(2)).await.unwrap_err();
    assert_eq!(error.code(), "InvalidParameterException");
    assert!(error.message().unwrap().starts_with("1 validation error detected: Value '2'"));
    assert_eq!(retention_days(&world).await, None);
}
