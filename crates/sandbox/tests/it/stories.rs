//! Lives of environments, from the documentation and from recorded answers.

use std::time::Duration;

use serde_json::json as object;

use crate::house::{House, Wish, json, text};

pub(crate) async fn an_event_comes_back_and_the_log_tells_of_it() {
    let house = House::start(Wish::default()).await;
    let answer = house.invoke(r#"{"a":1}"#).await;
    assert_eq!(text(&answer), r#"{"a": 1}"#);
    assert!(!answer.is_error);
    let tail = String::from_utf8(answer.log_tail.unwrap().to_vec()).unwrap();
    let kinds: Vec<&str> = tail.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(kinds, ["START", "END", "REPORT"]);
    assert!(tail.contains("\tInit Duration: ") && tail.ends_with("\t\n"), "{tail}");
    assert!(house.log().starts_with("INIT_START Runtime Version: "), "{}", house.log());
    house.end().await;
}

pub(crate) async fn a_second_event_finds_the_same_process() {
    let house = House::start(Wish::default()).await;
    house.invoke(r#"{"do":"count"}"#).await;
    let answer = house.invoke(r#"{"do":"count"}"#).await;
    assert_eq!(json(&answer)["counter"], 2);
    assert_eq!(house.log().matches("Init Duration").count(), 1, "{}", house.log());
    house.end().await;
}

pub(crate) async fn a_handler_error_is_passed_on_and_the_environment_lives() {
    let house = House::start(Wish::default()).await;
    let answer = house.invoke(r#"{"do":"raise"}"#).await;
    assert!(answer.is_error);
    assert_eq!(text(&answer), r#"{"errorMessage":"oops","errorType":"Oops"}"#);
    assert!(!house.log().contains("Status:"), "{}", house.log());
    assert_eq!(json(&house.invoke(r#"{"do":"count"}"#).await)["counter"], 1);
    house.end().await;
}

pub(crate) async fn a_timeout_ends_the_processes_and_keeps_tmp() {
    let wish = Wish { timeout: Duration::from_secs(5), ..Wish::default() };
    let house = House::start(wish).await;
    house.invoke(r#"{"do":"count"}"#).await;
    let answer = house.invoke(r#"{"do":"touch-and-hang"}"#).await;
    let payload = json(&answer);
    assert_eq!(payload["errorType"], "Sandbox.Timedout");
    let message = payload["errorMessage"].as_str().unwrap();
    assert!(message.ends_with(" Error: Task timed out after 5.00 seconds"), "{message}");
    assert!(house.log().contains("about to hang\n"), "{}", house.log());
    assert!(house.log().contains("\tDuration: 5000.00 ms\t"), "{}", house.log());
    assert!(house.log().ends_with("\tStatus: timeout\n"), "{}", house.log());
    let after = json(&house.invoke(r#"{"do":"count"}"#).await);
    assert_eq!(after, object!({"counter": 1, "files": ["kept"]}));
    let last = house.log().lines().last().unwrap().to_owned();
    assert!(!last.contains("Init Duration"), "a suppressed init is not shown: {last}");
    house.end().await;
}

pub(crate) async fn a_timeout_holds_from_the_first_event_on_however_long_an_init_may_take() {
    let hour = Duration::from_secs(3600);
    let timeout = Duration::from_secs(1);
    let house = House::start(Wish { timeout, init_timeout: hour, ..Wish::default() }).await;
    // Nothing but the deadline wakes whoever watches a guest that says nothing.
    let answer = house.invoke(r#"{"do":"hang"}"#);
    let answer = tokio::time::timeout(hour / 60, answer).await.unwrap();
    assert_eq!(json(&answer)["errorType"], "Sandbox.Timedout");
    house.end().await;
}

pub(crate) async fn a_process_that_ends_is_reported_as_it_ended() {
    let house = House::start(Wish::default()).await;
    let cases = [
        (r#"{"do":"exit","status":0}"#, "Runtime exited without providing a reason"),
        (r#"{"do":"exit","status":127}"#, "Runtime exited with error: exit status 127"),
        (r#"{"do":"signal","signal":6}"#, "Runtime exited with error: signal: aborted"),
        (r#"{"do":"segfault"}"#, "Runtime exited with error: signal: segmentation fault"),
    ];
    for (event, expected) in cases {
        let answer = house.invoke(event).await;
        let payload = json(&answer);
        assert_eq!(payload["errorType"], "Runtime.ExitError", "{event}");
        let message = payload["errorMessage"].as_str().unwrap();
        assert!(message.ends_with(&format!(" Error: {expected}")), "{event}: {message}");
        assert!(house.log().ends_with("\tStatus: error\tError Type: Runtime.ExitError\n"));
    }
    assert_eq!(json(&house.invoke(r#"{"do":"count"}"#).await)["counter"], 1);
    house.end().await;
}

pub(crate) async fn memory_that_runs_out_is_told_in_the_report_alone() {
    let house = House::start(Wish { memory_mib: 128, ..Wish::default() }).await;
    let answer = house.invoke(r#"{"do":"eat","mib":400}"#).await;
    let message = json(&answer)["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.ends_with("Runtime exited with error: signal: killed"), "{message}");
    assert!(house.log().ends_with("\tError Type: Runtime.OutOfMemory\n"), "{}", house.log());
    assert!(house.log().contains("\tMax Memory Used: 128 MB\t"), "{}", house.log());
    house.end().await;
}

pub(crate) async fn an_init_that_exits_is_tried_again_in_the_invocation() {
    let house = House::start(Wish::with_variable("FAIL_INIT", "exit")).await;
    let answer = house.invoke("{}").await;
    let message = json(&answer)["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.ends_with("Runtime exited with error: exit status 7"), "{message}");
    let log = house.log();
    let order =
        ["INIT_START", "Phase: init\tStatus: error", "Phase: invoke", "START", "END", "REPORT"];
    let mut at = 0;
    for word in order {
        at += log[at..].find(word).unwrap_or_else(|| panic!("{word} is missing after {at}: {log}"));
    }
    house.end().await;
}

pub(crate) async fn what_init_reports_is_what_the_caller_gets() {
    let house = House::start(Wish::with_variable("FAIL_INIT", "report")).await;
    let answer = house.invoke("{}").await;
    assert!(answer.is_error);
    assert_eq!(text(&answer), r#"{"errorMessage":"no","errorType":"Mine"}"#);
    assert!(house.log().ends_with("\tError Type: Function.Mine\n"), "{}", house.log());
    house.end().await;
}

pub(crate) async fn an_init_that_is_too_slow_is_run_again_under_the_functions_timeout() {
    let wish = Wish {
        init_timeout: Duration::from_secs(4),
        ..Wish::with_variable("FAIL_INIT", "hang-once")
    };
    let house = House::start(wish).await;
    let answer = house.invoke(r#"{"do":"count"}"#).await;
    assert_eq!(json(&answer)["counter"], 1);
    let log = house.log();
    assert!(log.contains("Phase: init\tStatus: timeout\n"), "{log}");
    assert!(!log.lines().last().unwrap().contains("Init Duration"), "{log}");
    house.end().await;
}

pub(crate) async fn a_package_without_bootstrap_says_where_it_was_looked_for() {
    let house = House::start(Wish { bootstrap: None, ..Wish::default() }).await;
    let payload = json(&house.invoke("{}").await);
    assert_eq!(payload["errorType"], "Runtime.InvalidEntrypoint");
    let message = payload["errorMessage"].as_str().unwrap();
    let expected = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
    assert!(message.ends_with(expected), "{message}");
    house.end().await;
}

pub(crate) async fn a_response_that_is_too_large_is_an_error_and_no_reset() {
    let house = House::start(Wish { response_bytes: 1000, ..Wish::default() }).await;
    let answer = house.invoke(r#"{"do":"large","bytes":1000}"#).await;
    let expected = "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload \
                    size (1000 bytes).\",\"errorType\":\"Function.ResponseSizeTooLarge\"}";
    assert_eq!(text(&answer), expected);
    assert_eq!(json(&house.invoke(r#"{"do":"count"}"#).await)["counter"], 2);
    house.end().await;
}

pub(crate) async fn a_runtime_that_exits_after_its_answer_is_started_again() {
    let house = House::start(Wish::default()).await;
    let answer = house.invoke(r#"{"do":"exit-after-answer"}"#).await;
    assert!(!answer.is_error, "the answer was given before the end");
    assert_eq!(json(&house.invoke(r#"{"do":"count"}"#).await)["counter"], 1);
    house.end().await;
}

pub(crate) async fn the_last_words_of_a_runtime_are_heard() {
    let house = House::start(Wish::default()).await;
    // What is posted and the end that follows come by two ways, and either may be the faster one.
    for _ in 0..20 {
        let answer = house.invoke(r#"{"do":"answer-and-exit"}"#).await;
        assert_eq!((answer.is_error, text(&answer)), (false, "\"last words\""));
    }
    house.end().await;
}

pub(crate) async fn everything_printed_is_logged_even_an_unfinished_line() {
    let house = House::start(Wish::default()).await;
    let answer = house.invoke(r#"{"do":"print","text":"one\n\ntwo\rthree\nrest"}"#).await;
    assert!(house.log().contains("one\n\ntwo\rthree\nrestEND RequestId"), "{}", house.log());
    let tail = String::from_utf8(answer.log_tail.unwrap().to_vec()).unwrap();
    assert!(tail.contains("restEND"), "{tail}");
    house.end().await;
}

pub(crate) async fn only_the_end_of_a_long_log_is_handed_back() {
    let house = House::start(Wish::default()).await;
    let event = object!({"do": "print", "text": "x".repeat(10_000)}).to_string();
    let answer = house.invoke(&event).await;
    let tail = answer.log_tail.unwrap();
    assert_eq!(tail.len(), 4096);
    assert!(tail.ends_with(b"\t\n"));
    house.end().await;
}

pub(crate) async fn calls_out_of_turn_are_refused_as_the_emulator_does() {
    let house = House::start(Wish::default()).await;
    let wrong = json(&house.invoke(r#"{"do":"wrong-id"}"#).await);
    assert_eq!(wrong["status"], 400);
    assert_eq!(wrong["body"]["errorType"], "InvalidRequestID");
    let late = json(&house.invoke(r#"{"do":"init-error-late"}"#).await);
    assert_eq!(late["status"], 403);
    assert_eq!(late["body"]["errorType"], "InvalidStateTransition");
    let twice = json(&house.invoke(r#"{"do":"next-twice"}"#).await);
    assert_eq!(twice["same"], true);
    house.end().await;
}

pub(crate) async fn the_variables_are_the_documented_ones_and_no_others() {
    let house = House::start(Wish::with_variable("GREETING", "hello")).await;
    let variables = json(&house.invoke(r#"{"do":"environ"}"#).await);
    let mut names: Vec<&str> = variables.as_object().unwrap().keys().map(String::as_str).collect();
    // CPython sets this one by itself where the locale is not what it wants.
    names.retain(|name| *name != "LC_CTYPE");
    let expected = [
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "GREETING",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "TZ",
        "_HANDLER",
    ];
    assert_eq!(names, expected);
    assert_eq!(variables["GREETING"], "hello");
    house.end().await;
}

pub(crate) async fn a_frozen_environment_thaws_for_its_next_event() {
    let house = House::start(Wish::default()).await;
    house.invoke(r#"{"do":"count"}"#).await;
    for expected in 2..5 {
        house.environment.freeze_if_idle();
        let answer = house.invoke(r#"{"do":"count"}"#).await;
        assert_eq!(json(&answer)["counter"], expected);
    }
    house.end().await;
}

pub(crate) async fn a_frozen_environment_still_keeps_its_deadline() {
    let wish = Wish { timeout: Duration::from_secs(5), ..Wish::default() };
    let house = House::start(wish).await;
    house.environment.freeze_if_idle();
    let payload = json(&house.invoke(r#"{"do":"touch-and-hang"}"#).await);
    assert_eq!(payload["errorType"], "Sandbox.Timedout");
    house.end().await;
}

pub(crate) async fn closing_during_an_invocation_hangs_up_on_the_caller() {
    let house = House::start(Wish::default()).await;
    let answer = house.begin(r#"{"do":"touch-and-hang"}"#);
    house.end().await;
    assert!(answer.await.is_err());
}
