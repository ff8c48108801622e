//! Stories of users, roles and sessions.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use api::{Access, Authorize, Caller, Resources, RoleSession};
use engine::{Assumable, RandomIds, RoleCredentials as _};
use store::{Clock, Expect, SystemClock};

use super::*;

const ACCOUNT: &str = "000000000000";
const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

#[derive(Debug)]
struct House {
    directory: Arc<Directory>,
    sessions: Arc<Sessions>,
    guard: Guard,
}

const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/k";

/// A key whose policy leaves decrypting to the account, and which was granted to `bob` and to a role to encrypt
/// with.
#[derive(Debug)]
struct OneKey;

impl Resources for OneKey {
    fn policy(&self, arn: &str) -> Option<Arc<str>> {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
            "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "kms:Decrypt", "Resource": "*"}}]}}"#
        );
        (arn == KEY).then(|| policy.into())
    }

    fn tags(&self, _: &str) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn is_guarded(&self, arn: &str) -> bool {
        arn == KEY
    }

    fn grants(&self, principal: &str, access: &Access<'_>) -> bool {
        let whom = ["user/bob", "role/guest"].map(|who| format!("arn:aws:iam::{ACCOUNT}:{who}"));
        access.action == "kms:Encrypt" && whom.iter().any(|arn| arn == principal)
    }
}

/// Lets a role invoke `f`, and anybody its URL.
#[derive(Debug)]
struct OneFunction;

impl Resources for OneFunction {
    fn policy(&self, arn: &str) -> Option<Arc<str>> {
        (arn == F).then(|| {
            format!(
                r#"{{"Version": "2012-10-17", "Id": "default", "Statement": [{{"Sid": "s", "Effect": "Allow",
                "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:role/guest"}},
                "Action": "lambda:InvokeFunction", "Resource": "{F}"}},
                {{"Sid": "t", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl",
                "Resource": "{F}", "Condition": {{"Null": {{"aws:userid": "true"}}}}}}]}}"#
            )
            .into()
        })
    }

    fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        let tags = BTreeMap::from([("team".to_owned(), "lambs".to_owned())]);
        if arn == F { tags } else { BTreeMap::new() }
    }
}

fn allow(action: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}}}"#
    )
}

impl House {
    async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let records = store::memory::open(&clock).records;
        let directory = Arc::new(Directory::open(records, ACCOUNT).await.unwrap());
        let sessions = Arc::new(Sessions::new(b"secret", Arc::new(RandomIds)));
        let guard =
            Guard::new(Arc::clone(&directory), vec![Arc::new(OneFunction), Arc::new(OneKey)]);
        Self { directory, sessions, guard }
    }

    async fn user(&self, name: &str, grants: Grants) -> User {
        let key = AccessKey {
            id: format!("AKIA{name}"),
            secret: "hush".into(),
            active: true,
            created_ms: 0,
        };
        let id = format!("AIDA{name}");
        let (name, path) = (name.to_owned(), "/".to_owned());
        let user = User { name, path, id, created_ms: 0, grants, keys: vec![key] };
        let key = Directory::key(&user.name);
        self.directory.users().put(&key, &user, Expect::Any).await.unwrap();
        user
    }

    async fn role(&self, name: &str, id: &str, grants: Grants) {
        self.trusting_role(name, id, grants, "").await;
    }

    async fn trusting_role(&self, name: &str, id: &str, grants: Grants, trust: &str) {
        let role = Role {
            name: name.into(),
            path: "/".into(),
            id: id.into(),
            created_ms: 0,
            description: None,
            max_session_s: 3600,
            trust: trust.to_owned(),
            grants,
        };
        self.directory.roles().put(name, &role, Expect::Any).await.unwrap();
    }

    fn caller(&self, key: &str) -> Option<Caller> {
        self.directory.credential(&self.sessions, key, None).map(|(_, caller)| caller)
    }

    fn session(&self, request: &SessionRequest) -> Option<Caller> {
        let made = self.sessions.begin(request);
        let (key, token) = (&made.access_key_id, &made.session_token);
        self.directory.credential(&self.sessions, key, Some(token)).map(|(_, caller)| caller)
    }

    fn ask(&self, caller: &Caller, action: &str) -> Result<(), String> {
        self.ask_about(F, caller, action)
    }

    fn ask_about(&self, resource: &str, caller: &Caller, action: &str) -> Result<(), String> {
        let access = Access {
            action,
            resource,
            region: "us-east-1",
            now: UNIX_EPOCH,
            source_ip: Ipv4Addr::new(192, 0, 2, 7).into(),
            conditions: &[],
        };
        self.guard.authorize(caller, &access).map_err(|denied| denied.message)
    }
}

fn grants(inline: &str) -> Grants {
    Grants { inline: [("p".to_owned(), inline.to_owned())].into(), ..Grants::default() }
}

fn of_role(role_id: &str, policies: Option<Vec<String>>) -> SessionRequest {
    SessionRequest {
        owner: Owner::Role(Arc::new(RoleSession {
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/guest"),
            role_id: role_id.into(),
            name: "s".into(),
            policies,
            tags: vec![("team".into(), "lambs".into())],
            source_identity: None,
        })),
        now: UNIX_EPOCH,
        lifetime: Duration::from_secs(900),
    }
}

fn allow_if(action: &str, condition: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "*",
        "Condition": {condition}}}}}"#
    )
}

#[tokio::test]
async fn where_a_request_came_from_can_be_a_condition() {
    let house = House::new().await;
    let ip = |range: &str| format!(r#"{{"IpAddress": {{"aws:SourceIp": "{range}"}}}}"#);
    house.user("ada", grants(&allow_if("lambda:GetFunction", &ip("192.0.2.0/24")))).await;
    house.user("bob", grants(&allow_if("lambda:GetFunction", &ip("198.51.100.0/24")))).await;
    assert_eq!(house.ask(&house.caller("AKIAada").unwrap(), "lambda:GetFunction"), Ok(()));
    assert!(house.ask(&house.caller("AKIAbob").unwrap(), "lambda:GetFunction").is_err());
}

#[tokio::test]
async fn the_tags_of_a_resource_can_be_a_condition() {
    let house = House::new().await;
    let team = |team: &str| format!(r#"{{"StringEquals": {{"aws:ResourceTag/team": "{team}"}}}}"#);
    let mut ada = grants(&allow_if("*", &team("lambs")));
    ada.tags = [("team".to_owned(), "lambs".to_owned())].into();
    let arn = house.user("ada", ada).await.arn(ACCOUNT);
    house.user("bob", grants(&allow_if("*", &team("wolves")))).await;
    let (ada, bob) = (house.caller("AKIAada").unwrap(), house.caller("AKIAbob").unwrap());
    assert_eq!(house.ask(&ada, "lambda:GetFunction"), Ok(()));
    assert!(house.ask(&bob, "lambda:GetFunction").is_err());
    assert!(house.ask_about(&format!("{F}x"), &ada, "lambda:GetFunction").is_err());
    assert_eq!(house.ask_about(&arn, &ada, "iam:GetUser"), Ok(()));
    assert!(house.ask_about(&arn, &bob, "iam:GetUser").is_err());
}

#[tokio::test]
async fn a_user_may_do_what_its_policies_allow() {
    let house = House::new().await;
    house.user("ada", grants(&allow("lambda:Get*"))).await;
    let ada = house.caller("AKIAada").unwrap();
    assert_eq!(house.ask(&ada, "lambda:GetFunction"), Ok(()));
    assert_eq!(
        house.ask(&ada, "lambda:DeleteFunction").unwrap_err(),
        format!(
            "User: arn:aws:iam::{ACCOUNT}:user/ada is not authorized to perform: lambda:DeleteFunction on resource: {F} \
             because no identity-based policy allows the lambda:DeleteFunction action"
        )
    );
    assert_eq!(house.directory.usage().last("AKIAada").unwrap().service, "lambda");
}

#[tokio::test]
async fn a_key_that_is_inactive_or_gone_is_nobodys() {
    let house = House::new().await;
    let mut ada = house.user("ada", Grants::default()).await;
    assert!(house.caller("AKIAada").is_some());
    ada.keys[0].active = false;
    house.directory.users().put("ada", &ada, Expect::Any).await.unwrap();
    assert!(house.caller("AKIAada").is_none());
    house.directory.users().delete("ada", Expect::Any).await.unwrap();
    assert!(house.caller("AKIAada").is_none());
}

#[tokio::test]
async fn managed_policies_and_boundaries_count() {
    let house = House::new().await;
    let mut ada = grants(&allow("*"));
    ada.boundary = Some(BASIC.into());
    ada.attached.insert("arn:aws:iam::aws:policy/AdministratorAccess".into());
    house.user("ada", ada).await;
    let ada = house.caller("AKIAada").unwrap();
    assert_eq!(house.ask(&ada, "logs:PutLogEvents"), Ok(()));
    let refusal = house.ask(&ada, "lambda:GetFunction").unwrap_err();
    assert!(
        refusal.ends_with("because no permissions boundary allows the lambda:GetFunction action")
    );
}

#[tokio::test]
async fn the_session_of_a_user_is_the_user_until_the_user_is_gone() {
    let house = House::new().await;
    house.user("ada", grants(&allow("lambda:*"))).await;
    let owner = Owner::User { name: "ada".into(), id: "AIDAada".into() };
    let request = SessionRequest { owner, now: UNIX_EPOCH, lifetime: Duration::from_secs(900) };
    let ada = house.session(&request).unwrap();
    assert_eq!(ada.arn.as_ref(), "arn:aws:iam::000000000000:user/ada");
    assert_eq!(house.ask(&ada, "lambda:GetFunction"), Ok(()));
    house.directory.users().delete("ada", Expect::Any).await.unwrap();
    assert!(house.session(&request).is_none());
}

#[tokio::test]
async fn a_session_may_do_what_its_role_and_its_own_policies_allow() {
    let house = House::new().await;
    house.role("guest", "AROA1", grants(&allow("lambda:*"))).await;
    let free = house.session(&of_role("AROA1", None)).unwrap();
    assert_eq!(free.user_id.as_ref(), "AROA1:s");
    assert_eq!(house.ask(&free, "lambda:GetFunction"), Ok(()));
    let bound = house.session(&of_role("AROA1", Some(vec![allow("lambda:List*")]))).unwrap();
    let refusal = house.ask(&bound, "lambda:GetFunction").unwrap_err();
    assert!(refusal.ends_with("because no session policy allows the lambda:GetFunction action"));
}

#[tokio::test]
async fn a_later_role_of_the_same_name_gives_an_old_session_nothing() {
    let house = House::new().await;
    house.role("guest", "AROA2", grants(&allow("lambda:*"))).await;
    let old = house.session(&of_role("AROA1", None)).unwrap();
    assert!(house.ask(&old, "lambda:GetFunction").is_err());
}

#[tokio::test]
async fn the_policy_of_a_function_lets_a_role_in() {
    let house = House::new().await;
    house.role("guest", "AROA1", Grants::default()).await;
    let guest = house.session(&of_role("AROA1", None)).unwrap();
    assert_eq!(house.ask(&guest, "lambda:InvokeFunction"), Ok(()));
    assert!(house.ask(&guest, "lambda:GetFunction").is_err());
}

#[tokio::test]
async fn who_has_not_said_who_they_are_may_do_what_everybody_may() {
    let house = House::new().await;
    let anonymous = Caller::anonymous();
    assert_eq!(house.ask(&anonymous, "lambda:InvokeFunctionUrl"), Ok(()));
    assert!(house.ask(&anonymous, "lambda:InvokeFunction").is_err());
    assert!(house.ask_about("*", &anonymous, "lambda:InvokeFunctionUrl").is_err());
}

#[tokio::test]
async fn policies_may_ask_for_the_tags_of_a_session() {
    let house = House::new().await;
    let tagged = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "lambs", "aws:RequestedRegion": "us-east-1"}}}}"#;
    house.role("guest", "AROA1", grants(tagged)).await;
    let guest = house.session(&of_role("AROA1", None)).unwrap();
    assert_eq!(house.ask(&guest, "lambda:GetFunction"), Ok(()));
}

#[tokio::test]
async fn a_function_gets_genuine_credentials_even_if_its_role_does_not_exist() {
    let house = House::new().await;
    let (directory, sessions) = (Arc::clone(&house.directory), Arc::clone(&house.sessions));
    let hours = Duration::from_secs(12 * 3600);
    let clock = Arc::new(SystemClock);
    let roles = ExecutionRoles::new(directory, sessions, clock, hours, UnknownRoles::Accept);
    let made = roles.issue("arn:aws:iam::000000000000:role/guest", "f");
    let caller = || {
        let (key, token) = (&made.access_key_id, &made.session_token);
        house.directory.credential(&house.sessions, key, Some(token)).unwrap().1
    };
    assert_eq!(caller().arn.as_ref(), "arn:aws:sts::000000000000:assumed-role/guest/f");
    assert!(house.ask(&caller(), "lambda:GetFunction").is_err());
    house.role("guest", "AROA1", grants(&allow("lambda:*"))).await;
    assert_eq!(house.ask(&caller(), "lambda:GetFunction"), Ok(()), "once it exists it counts");
}

#[tokio::test]
async fn lambda_may_take_on_roles_that_trust_it() {
    let house = House::new().await;
    let roles = |unknown| {
        let (directory, sessions) = (Arc::clone(&house.directory), Arc::clone(&house.sessions));
        ExecutionRoles::new(directory, sessions, Arc::new(SystemClock), Duration::ZERO, unknown)
    };
    let trust = |service: &str, condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {{"Service": "{service}"}}{condition}}}}}"#
        )
    };
    let of = |account: &str| {
        format!(r#", "Condition": {{"StringEquals": {{"aws:SourceAccount": "{account}"}}}}"#)
    };
    for (name, trust) in [
        ("open", trust("lambda.amazonaws.com", "")),
        ("own", trust("lambda.amazonaws.com", &of(ACCOUNT))),
        ("foreign", trust("lambda.amazonaws.com", &of("111111111111"))),
        ("other", trust("ec2.amazonaws.com", "")),
    ] {
        house.trusting_role(name, "AROA1", Grants::default(), &trust).await;
    }
    for (role, strict, lenient) in [
        ("000000000000:role/open", Assumable::Yes, Assumable::Yes),
        ("000000000000:role/own", Assumable::Yes, Assumable::Yes),
        ("000000000000:role/foreign", Assumable::No, Assumable::No),
        ("000000000000:role/other", Assumable::No, Assumable::No),
        ("000000000000:role/none", Assumable::No, Assumable::Yes),
        ("000000000000:role/team/open", Assumable::No, Assumable::Yes),
        ("111111111111:role/open", Assumable::OtherAccount, Assumable::Yes),
    ] {
        let arn = format!("arn:aws:iam::{role}");
        assert_eq!(roles(UnknownRoles::Refuse).assumable(&arn, F), strict, "{role}");
        assert_eq!(roles(UnknownRoles::Accept).assumable(&arn, F), lenient, "{role}");
    }
}

#[tokio::test]
async fn a_key_is_used_by_whom_its_policy_or_a_grant_lets_in() {
    let house = House::new().await;
    for (name, inline) in [("ada", allow("kms:*")), ("bob", allow("lambda:*"))] {
        house.user(name, grants(&inline)).await;
    }
    let ask = |name: &str, action: &str| {
        let caller = house.caller(&format!("AKIA{name}")).unwrap();
        house.ask_about(KEY, &caller, action)
    };
    // The policy leaves it to the account, and so to the user's own policies.
    assert_eq!(ask("ada", "kms:Decrypt"), Ok(()));
    assert!(ask("bob", "kms:Decrypt").unwrap_err().contains("no identity-based policy"));
    // The policy says nothing, so the user's own policies mean nothing; a grant does.
    assert!(ask("ada", "kms:Encrypt").unwrap_err().contains("no resource-based policy"));
    assert_eq!(ask("bob", "kms:Encrypt"), Ok(()));
    let deny = allow("kms:*").replace("Allow", "Deny");
    house.user("bob", grants(&deny)).await;
    assert!(ask("bob", "kms:Encrypt").unwrap_err().contains("explicit deny"));
    // What is granted to a role is not granted to a session that was begun for less.
    house.role("guest", "AROA1", Grants::default()).await;
    for (policies, expected) in [(None, true), (Some(vec![allow("kms:List*")]), false)] {
        let session = house.session(&of_role("AROA1", policies)).unwrap();
        assert_eq!(house.ask_about(KEY, &session, "kms:Encrypt").is_ok(), expected);
    }
}
