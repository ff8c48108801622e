//! Requests and answers as they travel.

use api::logs;
use http::Request as HttpRequest;
use serde_json::{Value, json};
use testkit::Subject;
use wire::Request;

use crate::World;

async fn send(world: &World, operation: &str, body: Value) -> (u16, Value) {
    let request =
        HttpRequest::post("/").header("x-amz-target", format!("Logs_20140328.{operation}"));
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let route = logs::route(&parts).unwrap();
    let request = Request { route: &route, parts: &parts, body: body.to_string().into() };
    let answer = logs::dispatch(&world.logs, &world.call, request).await;
    let bytes = answer.body().bytes().unwrap();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(bytes).unwrap() };
    (answer.status().as_u16(), body)
}

#[tokio::test(start_paused = true)]
async fn every_operation_answers_in_the_words_of_the_protocol() {
    let world = World::new().await;
    let group = json!({ "logGroupName": "g" });
    let stream = json!({ "logGroupName": "g", "logStreamName": "s" });
    let now_ms = world.now_ms();
    let events = json!({ "logGroupName": "g", "logStreamName": "s",
        "logEvents": [{ "timestamp": now_ms, "message": "hi" }] });
    let retention = json!({ "logGroupName": "g", "retentionInDays": 7 });
    for (operation, body) in [
        ("CreateLogGroup", &group),
        ("CreateLogStream", &stream),
        ("PutLogEvents", &events),
        ("PutRetentionPolicy", &retention),
        ("DescribeLogGroups", &json!({})),
        ("DescribeLogStreams", &group),
        ("DeleteRetentionPolicy", &group),
    ] {
        assert_eq!(send(&world, operation, body.clone()).await.0, 200, "{operation}");
    }
    let (status, answer) = send(&world, "FilterLogEvents", group.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(answer["events"][0]["message"], "hi");
    assert_eq!(answer["events"][0]["timestamp"], now_ms);
    assert_eq!(answer["events"][0]["logStreamName"], "s");
    assert_eq!(answer.get("nextToken"), None);
    let (_, answer) = send(&world, "GetLogEvents", stream.clone()).await;
    assert_eq!(answer["events"][0]["message"], "hi");
    assert_eq!(send(&world, "DeleteLogStream", stream).await.0, 200);
    assert_eq!(send(&world, "DeleteLogGroup", group.clone()).await.0, 200);
    let (status, answer) = send(&world, "DescribeLogStreams", group).await;
    assert_eq!(status, 400);
    assert_eq!(answer["__type"], "ResourceNotFoundException");
    assert_eq!(answer["message"], "The specified log group does not exist.");
}

#[tokio::test]
async fn a_limit_beyond_the_model_is_refused_in_its_wording() {
    let world = World::new().await;
    let body = json!({ "logGroupName": "g", "limit": 10_001 });
    let (status, answer) = send(&world, "FilterLogEvents", body).await;
    assert_eq!(status, 400);
    assert_eq!(answer["__type"], "InvalidParameterException");
    assert_eq!(
        answer["message"],
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: \
         Member must have value less than or equal to 10000"
    );
}

#[tokio::test]
async fn a_failing_store_is_a_retryable_error_without_its_cause() {
    let (subject, faults) = Subject::memory().with_faults();
    let world = World::on(subject).await;
    faults.fail_randomly(1.0, 1, testkit::Fault::Refuse);
    let (status, answer) = send(&world, "DescribeLogStreams", json!({ "logGroupName": "g" })).await;
    assert_eq!(status, 500);
    assert_eq!(answer["__type"], "ServiceUnavailableException");
    assert_eq!(answer["message"], "The service cannot complete the request.");
}
