//! Every operation is found, and nothing else is.

use http::HeaderValue;

use crate::client::{code, lambda, method, parts, target};

#[test]
fn every_operation_of_lambda_is_found_by_its_own_path() {
    assert_eq!(api::lambda::OPERATIONS.len(), 91);
    for spec in api::lambda::OPERATIONS {
        let label = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Aa%2Fb";
        for target in [target(spec, label), target(spec, "plain")] {
            let parts = parts(method(spec).as_str(), &target);
            let route = api::lambda::route(&parts).unwrap();
            assert_eq!(route.spec.name, spec.name, "{target}");
        }
    }
}

#[test]
fn a_slash_at_the_end_does_not_matter() {
    for spec in api::lambda::OPERATIONS.iter().filter(|spec| spec.query.is_none()) {
        let parts = parts(spec.method, &(target(spec, "plain") + "/"));
        assert_eq!(api::lambda::route(&parts).unwrap().spec.name, spec.name);
    }
}

#[test]
fn a_query_key_tells_operations_of_one_path_apart() {
    for (target, name) in [
        ("/2018-10-31/layers", "ListLayers"),
        ("/2018-10-31/layers?find=LayerVersion&Arn=a", "GetLayerVersionByArn"),
        ("/2018-10-31/layers?Arn=a&find=LayerVersion", "GetLayerVersionByArn"),
        (
            "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
            "GetProvisionedConcurrencyConfig",
        ),
        (
            "/2019-09-30/functions/f/provisioned-concurrency?List=ALL",
            "ListProvisionedConcurrencyConfigs",
        ),
    ] {
        assert_eq!(api::lambda::route(&parts("GET", target)).unwrap().spec.name, name, "{target}");
    }
}

#[test]
fn anything_else_is_unknown() {
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/2015-03-31"),
        ("GET", "/2015-03-31/functions/f/nothing"),
        ("PATCH", "/2015-03-31/functions/f"),
        ("GET", "/2015-03-31/functions//configuration"),
        ("GET", "/2015-03-31/functions/a/b/c/d/e/f/g"),
        ("GET", "/2014-11-13/functions"),
    ] {
        let answer = lambda(method, target, "");
        assert_eq!(
            (answer.status().as_u16(), code(&answer)),
            (404, "UnknownOperationException"),
            "{method} {target}"
        );
        assert!(answer.headers().contains_key("x-amzn-requestid"));
    }
}

#[test]
fn logs_are_routed_by_target() {
    for spec in api::logs::OPERATIONS {
        let mut parts = parts("POST", "/");
        parts.headers.insert(
            "x-amz-target",
            HeaderValue::from_str(&format!("Logs_20140328.{}", spec.name)).unwrap(),
        );
        assert_eq!(api::logs::route(&parts).unwrap().spec.name, spec.name);
    }
    for target in ["Logs_20140328.Nothing", "Other_1.DescribeLogGroups", "DescribeLogGroups", ""] {
        let mut parts = parts("POST", "/");
        parts.headers.insert("x-amz-target", HeaderValue::from_static(target));
        assert_eq!(
            api::logs::route(&parts).unwrap_err().code(),
            "UnknownOperationException",
            "{target}"
        );
    }
}

#[test]
fn sts_is_routed_by_action() {
    let root = parts("POST", "/");
    let found = api::sts::route(&root, b"Action=GetCallerIdentity&Version=2011-06-15").unwrap();
    assert_eq!(found.spec.name, "GetCallerIdentity");
    assert_eq!(api::sts::route(&root, b"Action=Nothing").unwrap_err().code(), "InvalidAction");
    assert_eq!(api::sts::route(&root, b"\xff").unwrap_err().code(), "MissingAction");
}
