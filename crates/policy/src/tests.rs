//! Documents, decisions, and what holds for all of them.

use proptest::prelude::*;

use super::*;

const ACCOUNT: &str = "111111111111";
const OTHER: &str = "222222222222";
const F: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";

fn ada() -> Principal {
    Principal::User { account: ACCOUNT.into(), arn: format!("arn:aws:iam::{ACCOUNT}:user/ada") }
}

fn session(account: &str) -> Principal {
    Principal::Session {
        account: account.into(),
        arn: format!("arn:aws:sts::{account}:assumed-role/r/s"),
        role_arn: format!("arn:aws:iam::{account}:role/r"),
    }
}

fn root(account: &str) -> Principal {
    Principal::Root { account: account.into() }
}

fn identity(statements: &str) -> Document {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Document::parse(&text, Kind::Identity).unwrap()
}

fn allow(action: &str) -> Document {
    identity(&format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#))
}

fn deny(action: &str) -> Document {
    identity(&format!(r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}"#))
}

fn resource(effect: &str, principal: &str) -> Document {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Id": "default", "Statement": {{"Sid": "s", "Effect": "{effect}",
        "Principal": {principal}, "Action": "lambda:InvokeFunction", "Resource": "{F}"}}}}"#
    );
    Document::parse(&text, Kind::Resource).unwrap()
}

/// The policies of one case; what a test does not set is not there.
#[derive(Default)]
struct Case {
    identity: Vec<Document>,
    resource: Option<Document>,
    boundary: Option<Document>,
    session: Option<Document>,
}

impl Case {
    fn decide(&self, principal: &Principal) -> Decision {
        let identity: Vec<&Document> = self.identity.iter().collect();
        let session: Option<Vec<&Document>> = self.session.as_ref().map(|document| vec![document]);
        let policies = Policies {
            resource_account: ACCOUNT,
            identity: &identity,
            resource: self.resource.as_ref(),
            boundary: self.boundary.as_ref(),
            session: session.as_deref(),
        };
        let context = Context::default();
        policies.decide(&Request {
            principal,
            action: "lambda:InvokeFunction",
            resource: F,
            context: &context,
        })
    }
}

const ALLOWED: Decision = Decision::Allowed;

fn denied(kind: PolicyKind) -> Decision {
    Decision::Refused(Refusal::Denied(kind))
}

fn missing(kind: PolicyKind) -> Decision {
    Decision::Refused(Refusal::NotAllowed(kind))
}

#[test]
fn nothing_is_allowed_without_a_policy_but_to_root() {
    assert_eq!(Case::default().decide(&ada()), missing(PolicyKind::Identity));
    assert_eq!(Case::default().decide(&session(ACCOUNT)), missing(PolicyKind::Identity));
    assert_eq!(Case::default().decide(&root(ACCOUNT)), ALLOWED);
    assert_eq!(Case::default().decide(&root(OTHER)), missing(PolicyKind::Resource));
    assert_eq!(Case::default().decide(&Principal::Anonymous), missing(PolicyKind::Resource));
}

#[test]
fn within_an_account_one_side_is_enough() {
    let by_identity = Case { identity: vec![allow("lambda:*")], ..Case::default() };
    assert_eq!(by_identity.decide(&ada()), ALLOWED);
    for (principal, expected) in [
        (r#"{"AWS": "arn:aws:iam::111111111111:user/ada"}"#, ALLOWED),
        (r#"{"AWS": ["arn:aws:iam::111111111111:user/bob"]}"#, missing(PolicyKind::Identity)),
        (r#""*""#, ALLOWED),
        (r#"{"AWS": "111111111111"}"#, missing(PolicyKind::Identity)),
        (r#"{"AWS": "arn:aws:iam::111111111111:root"}"#, missing(PolicyKind::Identity)),
        (r#"{"Service": "s3.amazonaws.com"}"#, missing(PolicyKind::Identity)),
    ] {
        let case = Case { resource: Some(resource("Allow", principal)), ..Case::default() };
        assert_eq!(case.decide(&ada()), expected, "{principal}");
    }
}

#[test]
fn between_accounts_both_sides_are_needed() {
    let names_account = || Some(resource("Allow", r#"{"AWS": "222222222222"}"#));
    let case = Case { resource: names_account(), ..Case::default() };
    assert_eq!(case.decide(&session(OTHER)), missing(PolicyKind::Identity));
    assert_eq!(case.decide(&root(OTHER)), ALLOWED);
    let case = Case { identity: vec![allow("*")], ..Case::default() };
    assert_eq!(case.decide(&session(OTHER)), missing(PolicyKind::Resource));
    let case = Case { identity: vec![allow("*")], resource: names_account(), ..Case::default() };
    assert_eq!(case.decide(&session(OTHER)), ALLOWED);
}

#[test]
fn services_need_the_resource_to_name_them() {
    let s3 = Principal::Service("s3.amazonaws.com".into());
    let named = Case {
        resource: Some(resource("Allow", r#"{"Service": "s3.amazonaws.com"}"#)),
        ..Case::default()
    };
    assert_eq!(named.decide(&s3), ALLOWED);
    let sns = Principal::Service("sns.amazonaws.com".into());
    assert_eq!(named.decide(&sns), missing(PolicyKind::Resource));
    let public = Case { resource: Some(resource("Allow", r#""*""#)), ..Case::default() };
    assert_eq!(public.decide(&Principal::Anonymous), ALLOWED);
}

#[test]
fn a_deny_anywhere_wins() {
    let open = || vec![allow("*")];
    let case = Case { identity: vec![allow("*"), deny("lambda:Invoke*")], ..Case::default() };
    assert_eq!(case.decide(&ada()), denied(PolicyKind::Identity));
    let case = Case {
        identity: open(),
        resource: Some(resource("Deny", r#"{"AWS": "111111111111"}"#)),
        ..Case::default()
    };
    assert_eq!(case.decide(&ada()), denied(PolicyKind::Resource));
    let case = Case { identity: open(), boundary: Some(deny("*")), ..Case::default() };
    assert_eq!(case.decide(&ada()), denied(PolicyKind::Boundary));
    let case = Case { identity: open(), session: Some(deny("*")), ..Case::default() };
    assert_eq!(case.decide(&session(ACCOUNT)), denied(PolicyKind::Session));
}

#[test]
fn limits_bound_what_the_caller_has_but_not_what_the_resource_gives_it_by_name() {
    let names_role = r#"{"AWS": "arn:aws:iam::111111111111:role/r"}"#;
    let names_session = r#"{"AWS": "arn:aws:sts::111111111111:assumed-role/r/s"}"#;
    for (resource_policy, expected) in [
        (None, missing(PolicyKind::Boundary)),
        (Some(names_role), missing(PolicyKind::Boundary)),
        (Some(names_session), ALLOWED),
    ] {
        let case = Case {
            identity: vec![allow("*")],
            resource: resource_policy.map(|principal| resource("Allow", principal)),
            boundary: Some(allow("s3:*")),
            ..Case::default()
        };
        assert_eq!(case.decide(&session(ACCOUNT)), expected, "{resource_policy:?}");
    }
    let case = Case { identity: vec![allow("*")], session: Some(allow("s3:*")), ..Case::default() };
    assert_eq!(case.decide(&session(ACCOUNT)), missing(PolicyKind::Session));
}

#[test]
fn a_role_is_taken_on_only_by_whom_its_trust_policy_means() {
    let trust = |principal: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal},
            "Action": "sts:AssumeRole"}}}}"#
        );
        Document::parse(&text, Kind::Trust).unwrap()
    };
    let assume = |principal: &Principal, trust: &Document, identity: &[&Document]| {
        let policies = Policies {
            resource_account: ACCOUNT,
            identity,
            resource: Some(trust),
            boundary: None,
            session: None,
        };
        let context = Context::default();
        let (action, resource) = ("sts:AssumeRole", "arn:aws:iam::111111111111:role/r");
        policies.decide_assumption(&Request { principal, action, resource, context: &context })
    };
    let (everything, account) = (allow("*"), trust(r#"{"AWS": "111111111111"}"#));
    let service = trust(r#"{"Service": "lambda.amazonaws.com"}"#);
    assert_eq!(assume(&ada(), &service, &[&everything]), missing(PolicyKind::Resource));
    assert_eq!(assume(&root(ACCOUNT), &service, &[]), missing(PolicyKind::Resource));
    assert_eq!(assume(&ada(), &account, &[]), missing(PolicyKind::Identity));
    assert_eq!(assume(&ada(), &account, &[&everything]), ALLOWED);
    assert_eq!(assume(&root(ACCOUNT), &account, &[]), ALLOWED);
    let named = trust(r#"{"AWS": "arn:aws:iam::111111111111:user/ada"}"#);
    assert_eq!(assume(&ada(), &named, &[]), ALLOWED);
    assert_eq!(assume(&ada(), &named, &[&deny("sts:*")]), denied(PolicyKind::Identity));
}

#[test]
fn a_guarded_resource_lets_in_whom_its_policy_means_or_a_grant_does() {
    let (none, named) = ("-", r#"{"AWS": "arn:aws:iam::111111111111:user/ada"}"#);
    let (account, elsewhere) = (r#"{"AWS": "111111111111"}"#, r#"{"AWS": "222222222222"}"#);
    let (own, other) = (PolicyKind::Identity, PolicyKind::Resource);
    for (principal, effect, allows, denies, without, granted) in [
        (none, "Allow", false, false, missing(other), ALLOWED),
        (none, "Allow", true, false, missing(other), ALLOWED),
        (elsewhere, "Allow", true, false, missing(other), ALLOWED),
        (account, "Allow", false, false, missing(own), ALLOWED),
        (account, "Allow", true, false, ALLOWED, ALLOWED),
        (named, "Allow", false, false, ALLOWED, ALLOWED),
        (named, "Allow", true, true, denied(own), denied(own)),
        (account, "Allow", false, true, denied(own), denied(own)),
        (named, "Deny", true, false, denied(other), denied(other)),
        (account, "Deny", true, false, denied(other), denied(other)),
    ] {
        let policy = (principal != none).then(|| resource(effect, principal));
        let documents = [allows.then(|| allow("*")), denies.then(|| deny("*"))];
        let identity: Vec<&Document> = documents.iter().flatten().collect();
        let policies = Policies {
            resource_account: ACCOUNT,
            identity: &identity,
            resource: policy.as_ref(),
            boundary: None,
            session: None,
        };
        let (action, context) = ("lambda:InvokeFunction", Context::default());
        let request = Request { principal: &ada(), action, resource: F, context: &context };
        let case = format!("{effect} {principal}, {allows}, {denies}");
        assert_eq!(policies.decide_guarded(&request, Granted::No), without, "{case}");
        assert_eq!(
            policies.decide_guarded(&request, Granted::ToItself),
            granted,
            "{case}, granted"
        );
        assert_eq!(
            policies.decide_guarded(&request, Granted::ToRole),
            granted,
            "{case}, to its role"
        );
    }
}

#[test]
fn not_elements_mean_the_others() {
    let not_action = identity(r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#);
    assert_eq!(Case { identity: vec![not_action], ..Case::default() }.decide(&ada()), ALLOWED);
    let not_resource =
        identity(&format!(r#"{{"Effect": "Allow", "Action": "*", "NotResource": "{F}"}}"#));
    let case = Case { identity: vec![not_resource], ..Case::default() };
    assert_eq!(case.decide(&ada()), missing(PolicyKind::Identity));
    let text = format!(
        r#"{{"Statement": {{"Effect": "Deny", "NotPrincipal": {{"AWS": "arn:aws:iam::{ACCOUNT}:user/ada"}},
        "Action": "*", "Resource": "*"}}}}"#
    );
    let others = Document::parse(&text, Kind::Resource).unwrap();
    let case = Case { identity: vec![allow("*")], resource: Some(others), ..Case::default() };
    assert_eq!(case.decide(&ada()), ALLOWED);
    assert_eq!(case.decide(&session(ACCOUNT)), denied(PolicyKind::Resource));
}

#[test]
fn refusals_are_worded_as_aws_words_them() {
    let message = |refusal: Refusal| refusal.message("ME", "lambda:GetFunction", "R");
    assert_eq!(
        message(Refusal::NotAllowed(PolicyKind::Identity)),
        "User: ME is not authorized to perform: lambda:GetFunction on resource: R \
         because no identity-based policy allows the lambda:GetFunction action"
    );
    assert_eq!(
        message(Refusal::Denied(PolicyKind::Resource)),
        "User: ME is not authorized to perform: lambda:GetFunction on resource: R \
         with an explicit deny in a resource-based policy"
    );
}

#[test]
fn what_is_no_policy_is_refused_in_awss_words() {
    let identity = |text: &str| Document::parse(text, Kind::Identity).unwrap_err();
    let statement = |inside: &str| identity(&format!(r#"{{"Statement": {{{inside}}}}}"#));
    assert_eq!(identity("{"), MalformedPolicy::Json);
    assert_eq!(identity("[]"), MalformedPolicy::Syntax);
    assert_eq!(identity("{}"), MalformedPolicy::Syntax);
    assert_eq!(identity(r#"{"Statement": [], "Statement": []}"#), MalformedPolicy::Json);
    assert_eq!(identity(r#"{"Statement": [], "Version": "2013-01-01"}"#), MalformedPolicy::Version);
    assert_eq!(identity(r#"{"Statement": [], "statement": []}"#), MalformedPolicy::Syntax);
    for (inside, expected) in [
        (r#""Effect": "Maybe", "Action": "s3:*", "Resource": "*""#, MalformedPolicy::Syntax),
        (r#""Action": "s3:*", "Resource": "*""#, MalformedPolicy::Syntax),
        (r#""Effect": "Allow", "Resource": "*""#, MalformedPolicy::NoAction),
        (r#""Effect": "Allow", "Action": [], "Resource": "*""#, MalformedPolicy::NoAction),
        (r#""Effect": "Allow", "Action": "s3:*""#, MalformedPolicy::NoResource),
        (r#""Effect": "Allow", "Action": "s3:*", "Resource": []"#, MalformedPolicy::NoResource),
        (r#""Effect": "Allow", "Action": "GetObject", "Resource": "*""#, MalformedPolicy::Vendor),
        (
            r#""Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*""#,
            MalformedPolicy::Syntax,
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "b""#,
            MalformedPolicy::Resource("b".into()),
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*""#,
            MalformedPolicy::Principal,
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Same": {"a": "b"}}"#,
            MalformedPolicy::Syntax,
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Extra": 1"#,
            MalformedPolicy::Syntax,
        ),
    ] {
        assert_eq!(statement(inside), expected, "{inside}");
    }
    let same = r#"{"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    assert_eq!(identity(&format!(r#"{{"Statement": [{same}, {same}]}}"#)), MalformedPolicy::Sids);
}

#[test]
fn trust_policies_have_principals_and_actions_of_sts_only() {
    let trust = |inside: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {inside}}}]}}"#
        );
        Document::parse(&text, Kind::Trust).map(drop)
    };
    let lambda = r#""Principal": {"Service": "lambda.amazonaws.com"}"#;
    assert_eq!(trust(&format!(r#"{lambda}, "Action": "sts:AssumeRole""#)), Ok(()));
    for (inside, expected) in [
        (r#""Action": "sts:AssumeRole""#.to_owned(), MalformedPolicy::NoPrincipal),
        (format!(r#"{lambda}, "Action": "s3:*""#), MalformedPolicy::TrustAction),
        (
            format!(r#"{lambda}, "Action": "sts:AssumeRole", "Resource": "*""#),
            MalformedPolicy::TrustResource,
        ),
        (
            r#""Principal": {"AWS": "ada"}, "Action": "sts:AssumeRole""#.to_owned(),
            MalformedPolicy::InvalidPrincipal { kind: "AWS".into(), value: "ada".into() },
        ),
        (
            r#""Principal": {"Service": "lambda"}, "Action": "sts:AssumeRole""#.to_owned(),
            MalformedPolicy::InvalidPrincipal { kind: "Service".into(), value: "lambda".into() },
        ),
    ] {
        assert_eq!(trust(&inside), Err(expected), "{inside}");
    }
}

/// A statement made of few words, so that many of them meet.
fn statement() -> impl Strategy<Value = String> {
    (any::<bool>(), 0..4_usize, 0..3_usize).prop_map(|(allow, action, resource)| {
        let effect = if allow { "Allow" } else { "Deny" };
        let action = ["*", "lambda:Invoke*", "s3:*", "lambda:GetFunction"][action];
        let resource = ["*", F, "arn:aws:s3:::b"][resource];
        format!(r#"{{"Effect": "{effect}", "Action": "{action}", "Resource": "{resource}"}}"#)
    })
}

proptest! {
    #[test]
    fn the_order_of_statements_and_documents_means_nothing(
        statements in prop::collection::vec(statement(), 0..6), cut in 0..6_usize,
    ) {
        let whole = Case { identity: vec![identity(&statements.join(","))], ..Case::default() };
        let mut reversed = statements.clone();
        reversed.reverse();
        let (one, other) = reversed.split_at(cut.min(reversed.len()));
        let parted = Case {
            identity: vec![identity(&one.join(",")), identity(&other.join(","))],
            ..Case::default()
        };
        prop_assert_eq!(whole.decide(&ada()), parted.decide(&ada()));
    }

    #[test]
    fn nothing_that_is_added_undoes_a_deny(statements in prop::collection::vec(statement(), 0..6)) {
        let all = [statements.join(","), r#"{"Effect": "Deny", "Action": "lambda:*", "Resource": "*"}"#.into()];
        let all: Vec<_> = all.into_iter().filter(|part| !part.is_empty()).collect();
        let case = Case {
            identity: vec![identity(&all.join(","))],
            resource: Some(resource("Allow", r#""*""#)),
            ..Case::default()
        };
        prop_assert_eq!(case.decide(&ada()), denied(PolicyKind::Identity));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        for kind in [Kind::Identity, Kind::Trust, Kind::Resource] {
            let _ = Document::parse(&text, kind);
        }
    }

    #[test]
    fn no_json_in_any_place_makes_the_reader_panic(
        value in r#"(null|true|1e9|"[a-z*?$:{}/]{0,20}"|\[("a:b"|1|\[\])?\]|\{("AWS": "[*0-9a-z:]{0,20}")?\})"#,
        place in 0..8_usize,
    ) {
        let name = ["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"][place];
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "{name}": {value}}}}}"#);
        for kind in [Kind::Identity, Kind::Trust, Kind::Resource] {
            let _ = Document::parse(&text, kind);
        }
    }
}
