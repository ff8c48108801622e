use api::lambda::{
    DeleteProvisionedConcurrencyConfigRequest, GetProvisionedConcurrencyConfigRequest,
    ListProvisionedConcurrencyConfigsRequest, PutFunctionConcurrency,
    PutFunctionConcurrencyRequest, UpdateAlias, UpdateAliasRequest,
};
use model::{Limits, function::Allocation};

use super::*;
use crate::fixture::{Fixture, call, text};

const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

fn wanted(qualifier: &str, count: i32) -> PutProvisionedConcurrencyConfigRequest {
    PutProvisionedConcurrencyConfigRequest {
        function_name: "f".to_owned(),
        qualifier: qualifier.to_owned(),
        provisioned_concurrent_executions: count,
    }
}

async fn put(fixture: &Fixture, qualifier: &str, count: i32) -> Result<(), Refusal> {
    fixture.control.put_provisioned(&call(), &wanted(qualifier, count)).await.map(|_| ())
}

async fn reserve(fixture: &Fixture, count: i32) -> Result<(), ApiError> {
    let input = PutFunctionConcurrencyRequest {
        function_name: "f".to_owned(),
        reserved_concurrent_executions: count,
    };
    Handle::<PutFunctionConcurrency>::handle(&fixture.control, &call(), input).await.map(|_| ())
}

async fn delete(fixture: &Fixture, qualifier: &str) -> Result<(), Refusal> {
    let input = DeleteProvisionedConcurrencyConfigRequest {
        function_name: "f".to_owned(),
        qualifier: qualifier.to_owned(),
    };
    fixture.control.delete_provisioned(&call(), &input).await
}

fn get(
    fixture: &Fixture,
    qualifier: &str,
) -> Result<api::lambda::GetProvisionedConcurrencyConfigResponse, Refusal> {
    let input = GetProvisionedConcurrencyConfigRequest {
        function_name: "f".to_owned(),
        qualifier: qualifier.to_owned(),
    };
    fixture.control.get_provisioned(&call(), &input)
}

async fn move_alias(fixture: &Fixture, name: &str, version: &str) -> Result<(), ApiError> {
    let input = UpdateAliasRequest {
        function_name: "f".to_owned(),
        name: name.to_owned(),
        function_version: Some(version.to_owned()),
        ..UpdateAliasRequest::default()
    };
    Handle::<UpdateAlias>::handle(&fixture.control, &call(), input).await.map(|_| ())
}

fn unreserved(fixture: &Fixture) -> u32 {
    fixture.control.unreserved_concurrency(&"us-east-1".parse().unwrap())
}

/// A function with versions 1 to 3, `live` for 1 and `next` for 2.
async fn house(limits: Limits) -> Fixture {
    let fixture = Fixture::with_limits(limits).await;
    fixture.create_active("f").await;
    for _ in 0..3 {
        fixture.touch("f").await;
        fixture.publish("f").await;
    }
    fixture.alias("f", "live", "1").await;
    fixture.alias("f", "next", "2").await;
    fixture
}

#[tokio::test]
async fn what_is_not_there_or_not_published_is_refused_in_awss_words() {
    let fixture = house(Limits::default()).await;
    let unpublished =
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
    let neither = "The function resource provided must be an alias or a published version.";
    let none = "No Provisioned Concurrency Config found for this function";
    fixture.alias("f", "head", "$LATEST").await;
    for (qualifier, putting, getting) in [
        ("$LATEST", unpublished.to_owned(), neither.to_owned()),
        ("head", unpublished.to_owned(), none.to_owned()),
        ("x", format!("Cannot find alias arn: {F}:x"), format!("Cannot find alias arn: {F}:x")),
        ("10", format!("Function not found: {F}:10"), format!("Function not found: {F}:10")),
    ] {
        assert_eq!(text(put(&fixture, qualifier, 1).await), putting);
        assert_eq!(text(get(&fixture, qualifier)), getting);
        if getting != none {
            assert_eq!(text(delete(&fixture, qualifier).await), getting);
        }
    }
    let gone =
        PutProvisionedConcurrencyConfigRequest { function_name: "g".into(), ..wanted("x", 1) };
    let refused = text(fixture.control.put_provisioned(&call(), &gone).await);
    assert_eq!(refused, format!("Cannot find alias arn: {}g:x", F.trim_end_matches('f')));
    let error = ApiError::from(get(&fixture, "1").unwrap_err());
    assert_eq!(error.code(), "ProvisionedConcurrencyConfigNotFoundException");
    assert_eq!((error.status().as_u16(), error.message()), (404, Some(none)));
    delete(&fixture, "1").await.unwrap();
    let list = |name: &str| ListProvisionedConcurrencyConfigsRequest {
        function_name: name.to_owned(),
        ..ListProvisionedConcurrencyConfigsRequest::default()
    };
    let listed = fixture.control.list_provisioned(&call(), &list("f")).unwrap();
    assert_eq!(listed.provisioned_concurrency_configs.unwrap(), []);
    let missing = text(fixture.control.list_provisioned(&call(), &list("g")));
    assert_eq!(missing, format!("Function not found: {}g", F.trim_end_matches('f')));
}

#[tokio::test]
async fn a_version_has_at_most_one_configuration() {
    let fixture = house(Limits::default()).await;
    let version_has = "Alias can't be used for Provisioned Concurrency configuration on an already \
                       Provisioned version";
    let alias_has = "Version is pointed by a Provisioned Concurrency alias";
    put(&fixture, "1", 1).await.unwrap();
    let refused = put(&fixture, "live", 1).await.unwrap_err();
    let error = ApiError::from(refused);
    assert_eq!((error.code(), error.status().as_u16()), ("ResourceConflictException", 409));
    assert_eq!(error.message(), Some(version_has));
    put(&fixture, "next", 1).await.unwrap();
    assert_eq!(text(put(&fixture, "2", 1).await), alias_has);
    put(&fixture, "next", 2).await.unwrap();
    let moved = move_alias(&fixture, "next", "1").await.unwrap_err();
    assert_eq!(moved.message(), Some(version_has));
    assert!(move_alias(&fixture, "next", "$LATEST").await.is_err());
    move_alias(&fixture, "next", "3").await.unwrap();
    put(&fixture, "2", 1).await.unwrap();
}

#[tokio::test]
async fn what_is_provisioned_is_carved_from_the_reservation_or_the_account() {
    let fixture = house(Limits::default()).await;
    let greater = "Specified ConcurrentExecutions for function is greater than account's unreserved \
         concurrency [1000].";
    assert_eq!(text(put(&fixture, "1", 1001).await), greater);
    let least = "Specified ConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [100].";
    assert_eq!(text(put(&fixture, "1", 901).await), least);
    put(&fixture, "1", 900).await.unwrap();
    assert_eq!(unreserved(&fixture), 100);
    // What a configuration has itself is available to it.
    put(&fixture, "1", 899).await.unwrap();
    put(&fixture, "1", 2).await.unwrap();
    put(&fixture, "next", 1).await.unwrap();
    assert_eq!(unreserved(&fixture), 997);
    let lower = reserve(&fixture, 1).await.unwrap_err();
    assert_eq!(
        lower.message(),
        Some(
            " ReservedConcurrentExecutions  1 should not be lower than function's total \
             provisioned concurrency [3]."
        )
    );
    reserve(&fixture, 4).await.unwrap();
    assert_eq!(unreserved(&fixture), 996);
    let more = "Requested Provisioned Concurrency should not be greater than the \
                reservedConcurrentExecution for function";
    assert_eq!(text(put(&fixture, "1", 4).await), more);
    put(&fixture, "1", 3).await.unwrap();
    assert_eq!(unreserved(&fixture), 996);
}

#[tokio::test]
async fn the_answer_tells_how_far_it_has_come() {
    let fixture = house(Limits::default()).await;
    let answer = fixture.control.put_provisioned(&call(), &wanted("live", 5)).await.unwrap();
    assert_eq!(answer.requested_provisioned_concurrent_executions, Some(5));
    assert_eq!(answer.available_provisioned_concurrent_executions, Some(0));
    assert_eq!(answer.allocated_provisioned_concurrent_executions, Some(0));
    assert_eq!(answer.status.as_deref(), Some("IN_PROGRESS"));
    assert_eq!(answer.status_reason, None);
    assert_eq!(answer.last_modified.as_deref(), Some("2025-11-25T02:26:54+0000"));
    for (ready, leaving, failed, shown, status, reason) in [
        (2, 0, false, 2, "IN_PROGRESS", None),
        (0, 5, false, 5, "IN_PROGRESS", None),
        (5, 0, false, 5, "READY", None),
        (0, 0, true, 0, "FAILED", Some("FUNCTION_ERROR_INIT_FAILURE")),
    ] {
        *fixture.guest.allocation.lock() = Allocation { ready, leaving, failed };
        let got = get(&fixture, "live").unwrap();
        assert_eq!(got.available_provisioned_concurrent_executions, Some(shown));
        assert_eq!(got.allocated_provisioned_concurrent_executions, Some(shown));
        assert_eq!(got.status.as_deref(), Some(status));
        assert_eq!(got.status_reason.as_deref(), reason);
    }
}

#[tokio::test]
async fn configurations_are_listed_in_pages_and_go_with_what_they_belong_to() {
    let fixture = house(Limits::default()).await;
    for qualifier in ["live", "2", "3"] {
        put(&fixture, qualifier, 1).await.unwrap();
    }
    let list = |marker| {
        let input = ListProvisionedConcurrencyConfigsRequest {
            function_name: "f".to_owned(),
            marker,
            max_items: Some(2),
        };
        let answer = fixture.control.list_provisioned(&call(), &input).unwrap();
        let configs = answer.provisioned_concurrency_configs.unwrap().into_iter();
        (configs.map(|c| c.function_arn.unwrap()).collect::<Vec<_>>(), answer.next_marker)
    };
    let (first, marker) = list(None);
    assert_eq!(first, [format!("{F}:2"), format!("{F}:3")]);
    assert_eq!(list(marker), (vec![format!("{F}:live")], None));
    fixture.delete_alias("f", "live").await;
    fixture.alias("f", "live", "1").await;
    assert_eq!(unreserved(&fixture), 998);
    delete(&fixture, "2").await.unwrap();
    assert_eq!(unreserved(&fixture), 999);
    fixture.delete("f").await;
    assert_eq!(unreserved(&fixture), 1000);
}
