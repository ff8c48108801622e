use std::sync::atomic::Ordering;

use api::{
    Handle,
    lambda::{
        CreateFunctionRequest, PutProvisionedConcurrencyConfig,
        PutProvisionedConcurrencyConfigRequest, UpdateFunctionConfiguration,
        UpdateFunctionConfigurationRequest, VpcConfig,
    },
};
use engine::Use;
use model::{
    Limits,
    function::{LastUpdate, Trouble},
};

use super::*;
use crate::fixture::{Fixture, call, request};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn networked(name: &str) -> CreateFunctionRequest {
    let vpc_config = Some(VpcConfig {
        subnet_ids: Some(vec!["subnet-1".into()]),
        security_group_ids: Some(vec!["sg-1".into()]),
        ..VpcConfig::default()
    });
    CreateFunctionRequest { vpc_config, ..request(name) }
}

async fn with(names: &[&str]) -> (Fixture, Deactivation) {
    let fixture = Fixture::new().await;
    for name in names {
        fixture.create_with(networked(name)).await.unwrap();
    }
    fixture.settle().await;
    let deactivation = fixture.control.deactivation();
    (fixture, deactivation)
}

/// Lets time go by in which it looks once a day.
async fn days(fixture: &Fixture, deactivation: &mut Deactivation, days: u32) {
    for _ in 0..days {
        fixture.clock.advance(DAY);
        deactivation.look().await;
    }
}

fn state(fixture: &Fixture, name: &str) -> FunctionState {
    fixture.function(name).unwrap().latest.readiness.state
}

async fn wake(fixture: &Fixture, name: &str) {
    let function = fixture.function(name).unwrap();
    let functions = &fixture.control.parts.functions;
    functions.meet(&function, None, Event::Wanted).await.unwrap();
}

fn is_unpacked(fixture: &Fixture, name: &str) -> bool {
    fixture.control.parts.code.is_unpacked(&fixture.code(name).sha256.parse().unwrap())
}

fn uses(fixture: &Fixture, count: u64) {
    *fixture.guest.used.lock() = Use { count, is_busy: false };
}

#[tokio::test]
async fn a_function_in_a_network_is_inactive_after_two_weeks_without_use() {
    let (fixture, mut deactivation) = with(&["f"]).await;
    fixture.create_active("outside").await;
    let before = fixture.function("f").unwrap().latest;
    deactivation.look().await;
    days(&fixture, &mut deactivation, 13).await;
    assert_eq!(state(&fixture, "f"), FunctionState::Active);
    days(&fixture, &mut deactivation, 1).await;
    let after = fixture.function("f").unwrap().latest;
    assert_eq!(after.readiness.state, FunctionState::Inactive(Trouble::idle()));
    assert_eq!(after.readiness.last_update, LastUpdate::Successful);
    // A caller's precondition holds: nothing of the caller's has changed.
    assert_eq!(
        (after.revision_id, after.last_modified, after.settings),
        (before.revision_id, before.last_modified, before.settings)
    );
    assert_eq!(fixture.guest.released.load(Ordering::Relaxed), 1);
    days(&fixture, &mut deactivation, 30).await;
    assert_eq!(state(&fixture, "outside"), FunctionState::Active);
}

#[tokio::test]
async fn every_use_and_every_change_begins_the_time_anew() {
    let (fixture, mut deactivation) = with(&["f"]).await;
    deactivation.look().await;
    for count in 1..4 {
        days(&fixture, &mut deactivation, 13).await;
        uses(&fixture, count);
        days(&fixture, &mut deactivation, 1).await;
    }
    days(&fixture, &mut deactivation, 13).await;
    // What runs for long is in use all the while, and a change counts even if uses begin anew with it.
    *fixture.guest.used.lock() = Use { count: 3, is_busy: true };
    days(&fixture, &mut deactivation, 20).await;
    uses(&fixture, 3);
    days(&fixture, &mut deactivation, 13).await;
    fixture
        .change("f", |function| function.latest.last_modified = Timestamp::from_epoch_ms(7))
        .await;
    days(&fixture, &mut deactivation, 13).await;
    assert_eq!(state(&fixture, "f"), FunctionState::Active);
    days(&fixture, &mut deactivation, 2).await;
    assert_eq!(state(&fixture, "f"), FunctionState::Inactive(Trouble::idle()));
}

#[tokio::test]
async fn versions_idle_each_for_itself_and_provisioned_concurrency_keeps_a_function_active() {
    let (fixture, mut deactivation) = with(&["f", "g"]).await;
    for name in ["f", "g"] {
        fixture.publish(name).await;
    }
    let input = PutProvisionedConcurrencyConfigRequest {
        function_name: "g".into(),
        qualifier: "1".into(),
        provisioned_concurrent_executions: 1,
    };
    let control = &fixture.control;
    Handle::<PutProvisionedConcurrencyConfig>::handle(control, &call(), input).await.unwrap();
    deactivation.look().await;
    days(&fixture, &mut deactivation, 15).await;
    let functions = &control.parts.functions;
    for (name, expected) in
        [("f", FunctionState::Inactive(Trouble::idle())), ("g", FunctionState::Active)]
    {
        let function = fixture.function(name).unwrap();
        let version = functions.last_published(&function).unwrap();
        assert_eq!(version.0.readiness.state, expected, "{name}");
        assert_eq!(function.latest.readiness.state, expected, "{name}");
    }
    let function = fixture.function("f").unwrap();
    let number = Some(VersionNumber(1));
    functions.meet(&function, number, Event::Wanted).await.unwrap();
    fixture.settle().await;
    let version = functions.last_published(&function).unwrap();
    assert_eq!(version.0.readiness.state, FunctionState::Active);
    assert_eq!(state(&fixture, "f"), FunctionState::Inactive(Trouble::idle()));
}

#[tokio::test]
async fn code_goes_with_the_last_function_that_needs_it_and_comes_back() {
    let (fixture, mut deactivation) = with(&["f"]).await;
    // The same code, in use elsewhere.
    let code = request("f").code;
    fixture.create_with(CreateFunctionRequest { code, ..request("g") }).await.unwrap();
    fixture.settle().await;
    deactivation.look().await;
    days(&fixture, &mut deactivation, 20).await;
    assert!(is_unpacked(&fixture, "f"));
    fixture.touch("g").await;
    days(&fixture, &mut deactivation, 2).await;
    assert!(!is_unpacked(&fixture, "f"));
    assert!(is_unpacked(&fixture, "g"));
    wake(&fixture, "f").await;
    assert_eq!(state(&fixture, "f"), FunctionState::Restoring);
    days(&fixture, &mut deactivation, 20).await;
    fixture.settle().await;
    assert_eq!(state(&fixture, "f"), FunctionState::Active);
    assert!(is_unpacked(&fixture, "f"));
}

#[tokio::test]
async fn what_is_woken_before_the_next_look_has_all_its_time() {
    let (fixture, mut deactivation) = with(&["f"]).await;
    deactivation.look().await;
    days(&fixture, &mut deactivation, 14).await;
    wake(&fixture, "f").await;
    fixture.settle().await;
    days(&fixture, &mut deactivation, 14).await;
    assert_eq!(state(&fixture, "f"), FunctionState::Active);
    days(&fixture, &mut deactivation, 1).await;
    assert_eq!(state(&fixture, "f"), FunctionState::Inactive(Trouble::idle()));
}

#[tokio::test]
async fn nothing_is_taken_from_an_invocation_that_still_runs() {
    let (fixture, mut deactivation) = with(&["f"]).await;
    deactivation.look().await;
    days(&fixture, &mut deactivation, 14).await;
    *fixture.guest.used.lock() = Use { count: 1, is_busy: true };
    days(&fixture, &mut deactivation, 2).await;
    assert!(is_unpacked(&fixture, "f"));
    uses(&fixture, 1);
    days(&fixture, &mut deactivation, 2).await;
    assert!(!is_unpacked(&fixture, "f"));
}

#[tokio::test]
async fn what_cannot_be_restored_is_inactive_again_and_says_why() {
    let (fixture, mut deactivation) = with(&["f"]).await;
    deactivation.look().await;
    days(&fixture, &mut deactivation, 16).await;
    let digest = fixture.code("f").sha256.parse().unwrap();
    fixture.control.parts.code.remove([digest].into()).await.unwrap();
    wake(&fixture, "f").await;
    fixture.settle().await;
    let FunctionState::Inactive(trouble) = state(&fixture, "f") else { panic!("not inactive") };
    assert_eq!(trouble.code, "InternalError");
    assert!(!trouble.is_idle());
}

#[tokio::test]
async fn an_inactive_function_is_updated_and_published_and_active_by_that() {
    let (fixture, mut deactivation) = with(&["f", "g"]).await;
    deactivation.look().await;
    days(&fixture, &mut deactivation, 16).await;
    let input = UpdateFunctionConfigurationRequest {
        function_name: "f".into(),
        timeout: Some(5),
        ..Default::default()
    };
    let answer =
        Handle::<UpdateFunctionConfiguration>::handle(&fixture.control, &call(), input).await;
    let answer = answer.unwrap();
    assert_eq!(answer.state.as_deref(), Some("Inactive"));
    assert_eq!(answer.state_reason.as_deref(), Some("The function is currently idle."));
    assert_eq!(answer.last_update_status.as_deref(), Some("InProgress"));
    fixture.publish("g").await;
    fixture.settle().await;
    assert_eq!(state(&fixture, "f"), FunctionState::Active);
    assert!(is_unpacked(&fixture, "f"));
    // The version is made ready for itself; $LATEST is as idle as before.
    let function = fixture.function("g").unwrap();
    let version = fixture.control.parts.functions.last_published(&function).unwrap();
    assert_eq!(version.0.readiness.state, FunctionState::Active);
    assert_eq!(state(&fixture, "g"), FunctionState::Inactive(Trouble::idle()));
}

#[tokio::test]
async fn it_looks_as_often_as_its_time_asks_for_and_ends_with_the_server() {
    let limits = Limits { inactive_after: Duration::ZERO, ..Limits::default() };
    let fixture = Fixture::with_limits(limits).await;
    fixture.create_with(networked("f")).await.unwrap();
    fixture.settle().await;
    let shutdown = CancellationToken::new();
    let running = Box::pin(fixture.control.deactivation().run(shutdown.clone()));
    let story = Box::pin(async {
        let mut changes = fixture.control.parts.functions.changes();
        while state(&fixture, "f") == FunctionState::Active {
            changes.changed().await.unwrap();
        }
        shutdown.cancel();
    });
    tokio::join!(running, story);
}
