//! What requests need, from the bytes that clients send.

use std::time::UNIX_EPOCH;

use api::{Caller, EntityArns, KeyArns};
use bytes::Bytes;
use http::{Method, request::Parts};
use wire::RequestId;

use super::*;

fn call() -> Call {
    Call {
        request_id: RequestId::from_random([7; 16]),
        region: "eu-west-1".into(),
        account_id: "000000000000".into(),
        caller: Caller { arn: "ME".into(), ..Caller::root(&"000000000000".into()) },
        endpoint: "http://127.0.0.1:4566".into(),
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        now: UNIX_EPOCH,
        trace_header: None,
    }
}

fn parts(method: Method, target: &str) -> Parts {
    http::Request::builder().method(method).uri(target).body(()).unwrap().into_parts().0
}

fn whole_lambda_needs(method: Method, target: &str, body: &str) -> Vec<Need> {
    let parts = parts(method, target);
    let route = api::lambda::route(&parts).unwrap();
    let body = Bytes::from(body.to_owned());
    needs(&call(), &Request { route: &route, parts: &parts, body }, lambda)
}

fn lambda_needs(method: Method, target: &str, body: &str) -> Vec<(String, String)> {
    let found = whole_lambda_needs(method, target, body);
    found.into_iter().map(|need| (need.action, need.resource)).collect()
}

#[test]
fn lambdas_requests_need_their_action_on_what_they_name() {
    let f = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    let functions = "/2015-03-31/functions";
    for (method, target, action, resource) in [
        (Method::GET, functions.to_owned(), "ListFunctions", "*".to_owned()),
        (Method::GET, format!("{functions}/f"), "GetFunction", f.into()),
        (Method::GET, format!("{functions}/f?Qualifier=7"), "GetFunction", format!("{f}:7")),
        (Method::POST, format!("{functions}/f/invocations"), "InvokeFunction", f.into()),
        (
            Method::POST,
            format!("{functions}/f:prod/invocations"),
            "InvokeFunction",
            format!("{f}:prod"),
        ),
        (
            Method::POST,
            format!("{functions}/{}/invocations?Qualifier=%24LATEST", f.replace(':', "%3A")),
            "InvokeFunction",
            format!("{f}:$LATEST"),
        ),
        (Method::DELETE, format!("{functions}/f"), "DeleteFunction", f.into()),
        (
            Method::GET,
            "/2018-10-31/layers/l/versions/3".to_owned(),
            "GetLayerVersion",
            "arn:aws:lambda:eu-west-1:000000000000:layer:l:3".into(),
        ),
        (
            Method::GET,
            "/2015-03-31/event-source-mappings/6a507b87-0cc4-4383-8448-ef127ab19310".to_owned(),
            "GetEventSourceMapping",
            "arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:6a507b87-0cc4-4383-8448-ef127ab19310".into(),
        ),
        (Method::GET, format!("/2017-03-31/tags/{}", f.replace(':', "%3A")), "ListTags", f.into()),
    ] {
        let expected = vec![(format!("lambda:{action}"), resource)];
        assert_eq!(lambda_needs(method, &target, ""), expected, "{target}");
    }
}

#[test]
fn giving_a_function_a_role_needs_permission_to_pass_it() {
    let role = "arn:aws:iam::000000000000:role/r";
    let body = format!(
        r#"{{"FunctionName": "f", "Role": "{role}", "Code": {{"ZipFile": "AAAA"}}, "Runtime": "python3.12", "Handler": "a.b"}}"#
    );
    let needs = lambda_needs(Method::POST, "/2015-03-31/functions", &body);
    assert_eq!(
        needs,
        [
            (
                "lambda:CreateFunction".into(),
                "arn:aws:lambda:eu-west-1:000000000000:function:f".into()
            ),
            ("iam:PassRole".into(), role.into()),
        ]
    );
}

#[test]
fn giving_a_function_a_layer_needs_permission_to_read_it() {
    let layer = "arn:aws:lambda:eu-west-1:000000000000:layer:l:3";
    let target = "/2015-03-31/functions/f/configuration";
    let needs = lambda_needs(Method::PUT, target, &format!(r#"{{"Layers": ["{layer}"]}}"#));
    assert_eq!(needs.len(), 2);
    assert_eq!(needs[1], ("lambda:GetLayerVersion".into(), layer.into()));
}

#[test]
fn making_something_with_tags_needs_permission_to_tag_it() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let conditions = [pair("aws:TagKeys", "a"), pair("aws:RequestTag/a", "b")];
    for (target, members, resource) in [
        (
            "/2015-03-31/functions",
            r#""FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/r", "Code": {"ZipFile": "AAAA"}"#,
            "function:f",
        ),
        ("/2015-03-31/event-source-mappings", r#""FunctionName": "f""#, "event-source-mapping:*"),
        (
            "/2020-04-22/code-signing-configs",
            r#""AllowedPublishers": {"SigningProfileVersionArns": ["arn:aws:signer:eu-west-1:000000000000:/signing-profiles/p/0123456789"]}"#,
            "code-signing-config:*",
        ),
    ] {
        let asked = |tags: &str| {
            let body = format!("{{{members}{tags}}}");
            let mut found = whole_lambda_needs(Method::POST, target, &body);
            assert!(!found.is_empty(), "{target}");
            found.retain(|need| need.action == "lambda:TagResource");
            found
        };
        assert_eq!(asked(""), []);
        assert_eq!(asked(r#", "Tags": {}"#), []);
        let tag = asked(r#", "Tags": {"a": "b"}"#).pop().expect("a need");
        assert_eq!(tag.resource, format!("arn:aws:lambda:eu-west-1:000000000000:{resource}"));
        assert_eq!(tag.conditions, conditions);
    }
}

#[test]
fn tagging_needs_permission_once() {
    let f = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    let target = format!("/2017-03-31/tags/{}", f.replace(':', "%3A"));
    let needs = lambda_needs(Method::POST, &target, r#"{"Tags": {"a": "b"}}"#);
    assert_eq!(needs, [("lambda:TagResource".into(), f.into())]);
}

struct Arns;

impl EntityArns for Arns {
    fn user_arn(&self, name: &str) -> Option<String> {
        (name == "ada").then(|| "arn:aws:iam::000000000000:user/team/ada".into())
    }

    fn role_arn(&self, _: &str) -> Option<String> {
        None
    }
}

fn iam_needs(body: &str) -> Vec<Need> {
    let parts = parts(Method::POST, "/");
    let route = api::iam::route(&parts, body.as_bytes()).unwrap();
    let body = Bytes::from(body.to_owned());
    let request = Request { route: &route, parts: &parts, body };
    needs(&call(), &request, |asked| iam(asked, &Arns))
}

#[test]
fn iams_requests_need_their_action_on_whom_they_name() {
    for (body, action, resource) in [
        ("Action=GetUser", "GetUser", "ME"),
        ("Action=GetUser&UserName=ada", "GetUser", "arn:aws:iam::000000000000:user/team/ada"),
        // The operation takes the last of two names, and so must this.
        (
            "Action=GetUser&UserName=bob&UserName=ada",
            "GetUser",
            "arn:aws:iam::000000000000:user/team/ada",
        ),
        (
            "Action=CreateUser&UserName=bob&Path=%2Fx%2F",
            "CreateUser",
            "arn:aws:iam::000000000000:user/x/bob",
        ),
        ("Action=ListRoles", "ListRoles", "arn:aws:iam::000000000000:role/"),
        ("Action=GetRole&RoleName=r", "GetRole", "arn:aws:iam::000000000000:role/r"),
    ] {
        let needs = iam_needs(body);
        assert_eq!(needs.len(), 1, "{body}");
        assert_eq!(
            (needs[0].action.as_str(), needs[0].resource.as_str()),
            (format!("iam:{action}").as_str(), resource)
        );
    }
}

#[test]
fn what_the_operation_cannot_read_needs_nothing() {
    assert_eq!(iam_needs("Action=GetRole"), []);
}

fn s3_needs(method: Method, target: &str, headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut parts = parts(method, target);
    for (name, value) in headers {
        let name = http::HeaderName::try_from(*name).unwrap();
        parts.headers.insert(name, value.parse().unwrap());
    }
    let target = api::s3::route(&parts).unwrap();
    s3(&target, &parts).into_iter().map(|need| (need.action, need.resource)).collect()
}

#[test]
fn requests_of_s3_need_their_action_on_bucket_or_object() {
    let copy = ("x-amz-copy-source", "/c/d%20e?versionId=7");
    let (bucket, object) = ("arn:aws:s3:::b", "arn:aws:s3:::b/k/l");
    for (method, target, headers, expected) in [
        (Method::GET, "/", vec![], vec![("ListAllMyBuckets", "*")]),
        (Method::HEAD, "/b", vec![], vec![("ListBucket", bucket)]),
        (Method::GET, "/b?list-type=2", vec![], vec![("ListBucket", bucket)]),
        (Method::GET, "/b?policy", vec![], vec![("GetBucketPolicy", bucket)]),
        (Method::GET, "/b/k/l", vec![], vec![("GetObject", object)]),
        (Method::HEAD, "/b/k/l?versionId=7", vec![], vec![("GetObjectVersion", object)]),
        (Method::PUT, "/b/k/l", vec![], vec![("PutObject", object)]),
        (
            Method::PUT,
            "/b/k/l",
            vec![("x-amz-tagging", "a=b")],
            vec![("PutObject", object), ("PutObjectTagging", object)],
        ),
        (
            Method::PUT,
            "/b/k/l",
            vec![copy],
            vec![("PutObject", object), ("GetObjectVersion", "arn:aws:s3:::c/d e")],
        ),
        (Method::POST, "/b/k/l?uploads", vec![], vec![("PutObject", object)]),
        (Method::POST, "/b?delete", vec![], vec![]),
    ] {
        let found = s3_needs(method, target, &headers);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(action, resource)| (format!("s3:{action}"), resource.to_owned()))
            .collect();
        assert_eq!(found, expected, "{target}");
    }
}

/// Every alias leads to key 1, every ciphertext comes from key 2.
struct Keys;

impl KeyArns for Keys {
    fn key_arn(&self, region: &str, named: &str) -> Option<String> {
        let id = if named.starts_with("alias/") { "1" } else { named };
        (id != "absent").then(|| format!("arn:aws:kms:{region}:000000000000:key/{id}"))
    }

    fn ciphertext_key_arn(&self, blob: &[u8]) -> Option<String> {
        (blob == b"blob").then(|| "arn:aws:kms:eu-west-1:000000000000:key/2".to_owned())
    }
}

fn kms_needs(operation: &str, body: &str) -> Vec<Need> {
    let mut parts = parts(Method::POST, "/");
    let target = format!("TrentService.{operation}");
    parts.headers.insert("x-amz-target", target.parse().unwrap());
    let route = api::kms::route(&parts).unwrap();
    let body = Bytes::from(body.to_owned());
    let request = Request { route: &route, parts: &parts, body };
    needs(&call(), &request, |asked| kms(asked, &Keys))
}

#[test]
fn requests_of_kms_need_their_action_on_every_key_that_is_meant() {
    let (alias, other) = ("alias/a", "key/absent");
    for (operation, body, expected) in [
        ("ListKeys", "{}", vec![("ListKeys", "*")]),
        ("CreateKey", "{}", vec![("CreateKey", "*")]),
        ("DescribeKey", r#"{"KeyId": "alias/a"}"#, vec![("DescribeKey", "key/1")]),
        ("DescribeKey", r#"{"KeyId": "absent"}"#, vec![("DescribeKey", other)]),
        (
            "CreateAlias",
            r#"{"AliasName": "alias/a", "TargetKeyId": "3"}"#,
            vec![("CreateAlias", alias), ("CreateAlias", "key/3")],
        ),
        (
            "UpdateAlias",
            r#"{"AliasName": "alias/a", "TargetKeyId": "3"}"#,
            vec![("UpdateAlias", alias), ("UpdateAlias", "key/1"), ("UpdateAlias", "key/3")],
        ),
        (
            "DeleteAlias",
            r#"{"AliasName": "alias/a"}"#,
            vec![("DeleteAlias", alias), ("DeleteAlias", "key/1")],
        ),
        ("Decrypt", r#"{"CiphertextBlob": "YmxvYg"}"#, vec![("Decrypt", "key/2")]),
        ("Decrypt", r#"{"CiphertextBlob": "YmxvYg", "KeyId": "3"}"#, vec![("Decrypt", "key/3")]),
        ("Decrypt", r#"{"CiphertextBlob": "eA=="}"#, vec![]),
        (
            "ReEncrypt",
            r#"{"CiphertextBlob": "YmxvYg==", "DestinationKeyId": "alias/a"}"#,
            vec![("ReEncryptFrom", "key/2"), ("ReEncryptTo", "key/1")],
        ),
        ("RetireGrant", r#"{"GrantToken": "x"}"#, vec![]),
    ] {
        let arn = |rest: &str| match rest {
            "*" => "*".to_owned(),
            rest => format!("arn:aws:kms:eu-west-1:000000000000:{rest}"),
        };
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(a, rest)| (format!("kms:{a}"), arn(rest))).collect();
        let found = kms_needs(operation, body).into_iter();
        let found: Vec<_> = found.map(|need| (need.action, need.resource)).collect();
        assert_eq!(found, expected, "{operation} {body}");
    }
}

#[test]
fn policies_of_keys_see_context_grant_and_tags() {
    let conditions = |operation: &str, body: &str| kms_needs(operation, body).remove(0).conditions;
    let has = |found: &[(String, String)], key: &str, value: &str| {
        found.iter().any(|(name, is)| name == key && is == value)
    };
    let found = conditions(
        "Encrypt",
        r#"{"KeyId": "1", "Plaintext": "YQ==", "EncryptionContext": {"a": "b"}}"#,
    );
    assert!(has(&found, "kms:EncryptionContext:a", "b"));
    assert!(has(&found, "kms:EncryptionContextKeys", "a"));
    assert!(has(&found, "kms:CallerAccount", "000000000000"));
    let found = conditions(
        "CreateGrant",
        r#"{"KeyId": "1", "GranteePrincipal": "p", "Operations": ["Decrypt", "Encrypt"]}"#,
    );
    assert!(
        has(&found, "kms:GrantOperations", "Encrypt") && has(&found, "kms:GranteePrincipal", "p")
    );
    let found = conditions("CreateKey", r#"{"Tags": [{"TagKey": "a", "TagValue": "b"}]}"#);
    assert!(has(&found, "aws:RequestTag/a", "b") && has(&found, "aws:TagKeys", "a"));
}
