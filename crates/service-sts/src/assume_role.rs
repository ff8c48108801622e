//! `AssumeRole`: temporary credentials of a role.

use std::{sync::Arc, time::Duration};

use api::sts::{
    AssumeRole, AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser, SERVICE, errors,
};
use api::{Access, AccessDenied, Call, Handle, Identity, RoleSession};
use identity::{Owner, Role, SessionRequest, role_name};
use policy::{Document, Kind};
use wire::ApiError;

use crate::{Sts, render};

const ACTION: &str = "sts:AssumeRole";
/// How long a session lasts if nothing else is asked for.
const LIFETIME_S: u32 = 3600;
/// How long a session lasts at most that was begun from another one.
const CHAINED_LIFETIME_S: u32 = 3600;
/// The greatest length of all session policies together, of which an answer tells the used part.
const POLICIES_MAX: usize = 2048;

impl Handle<AssumeRole> for Sts {
    async fn handle(
        &self,
        call: &Call,
        input: AssumeRoleRequest,
    ) -> Result<AssumeRoleResponse, ApiError> {
        let role = self.role(call, &input)?;
        let lifetime = lifetime(call, &input, &role)?;
        let policies = self.session_policies(&input)?;
        let used: Option<usize> = policies.as_ref().map(|all| all.iter().map(String::len).sum());
        let arn = role.arn(self.directory.account());
        let name = input.role_session_name.clone();
        let session = RoleSession {
            role_arn: arn,
            role_id: role.id.clone(),
            name: name.clone(),
            policies,
            tags: tags(&input),
            source_identity: input.source_identity.clone(),
        };
        let owner = Owner::Role(Arc::new(session));
        let made = self.sessions.begin(&SessionRequest { owner, now: call.now, lifetime });
        let account = self.directory.account();
        Ok(AssumeRoleResponse {
            credentials: Some(render::credentials(made)),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: format!("{}:{name}", role.id),
                arn: format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name),
            }),
            packed_policy_size: used
                .map(|bytes| i32::try_from((bytes * 100).div_ceil(POLICIES_MAX)).unwrap_or(100)),
            source_identity: input.source_identity,
            ..AssumeRoleResponse::default()
        })
    }
}

// === impl Sts ===

impl Sts {
    /// Finds the role, if the caller may take it on.
    fn role(&self, call: &Call, input: &AssumeRoleRequest) -> Result<Arc<Role>, ApiError> {
        let arn = &input.role_arn;
        if arn.split(':').count() != 6 || !arn.starts_with("arn:") {
            return Err(errors_validation(format!("{arn} is invalid")));
        }
        let denied = || {
            let caller = &call.caller.arn;
            let message =
                format!("User: {caller} is not authorized to perform: {ACTION} on resource: {arn}");
            AccessDenied { message }.to_error(SERVICE.protocol)
        };
        // Whoever may not take on a role is not told whether it exists.
        let role = self.directory.role(role_name(arn));
        let role =
            role.filter(|role| role.arn(self.directory.account()) == *arn).ok_or_else(denied)?;
        let conditions = conditions(input);
        let access = Access {
            action: ACTION,
            resource: arn,
            region: &call.region,
            now: call.now,
            source_ip: call.source_ip,
            conditions: &conditions,
        };
        self.guard.may_assume(&call.caller, &role, &access).map_err(|_| denied())?;
        Ok(role)
    }

    /// Gives the policies that are to limit the session.
    fn session_policies(&self, input: &AssumeRoleRequest) -> Result<Option<Vec<String>>, ApiError> {
        let mut policies = Vec::new();
        if let Some(text) = &input.policy {
            Document::parse(text, Kind::Identity)
                .map_err(|error| errors::malformed_policy_document(error.to_string()))?;
            policies.push(text.clone());
        }
        for arn in input.policy_arns.iter().flatten().filter_map(|policy| policy.arn.as_ref()) {
            let managed = self.directory.managed(arn);
            let document = managed.as_ref().and_then(identity::ManagedView::document);
            let document = document.ok_or_else(|| {
                errors::malformed_policy_document(format!("The policy {arn} does not exist."))
            })?;
            policies.push(document.to_owned());
        }
        Ok((!policies.is_empty()).then_some(policies))
    }
}

fn lifetime(call: &Call, input: &AssumeRoleRequest, role: &Role) -> Result<Duration, ApiError> {
    let asked_s = input.duration_seconds.map_or(LIFETIME_S, i32::unsigned_abs);
    if matches!(call.caller.identity, Identity::Session(_)) && asked_s > CHAINED_LIFETIME_S {
        return Err(errors_validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if asked_s > role.max_session_s {
        return Err(errors_validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(Duration::from_secs(asked_s.into()))
}

fn tags(input: &AssumeRoleRequest) -> Vec<(String, String)> {
    let tags = input.tags.iter().flatten();
    tags.map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

fn conditions(input: &AssumeRoleRequest) -> Vec<(String, String)> {
    let mut conditions = vec![("sts:RoleSessionName".into(), input.role_session_name.clone())];
    if let Some(id) = &input.external_id {
        conditions.push(("sts:ExternalId".into(), id.clone()));
    }
    if let Some(source) = &input.source_identity {
        conditions.push(("sts:SourceIdentity".into(), source.clone()));
    }
    for (key, value) in tags(input) {
        conditions.push(("aws:TagKeys".into(), key.clone()));
        conditions.push((format!("aws:RequestTag/{key}"), value));
    }
    conditions
}

fn errors_validation(message: impl Into<std::borrow::Cow<'static, str>>) -> ApiError {
    ApiError::validation(SERVICE.validation_code, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, ROLE};

    fn request() -> AssumeRoleRequest {
        AssumeRoleRequest {
            role_arn: ROLE.into(),
            role_session_name: "s".into(),
            ..AssumeRoleRequest::default()
        }
    }

    async fn assume(
        fixture: &Fixture,
        input: AssumeRoleRequest,
    ) -> Result<AssumeRoleResponse, String> {
        let call = fixture.call();
        Handle::<AssumeRole>::handle(&fixture.sts, &call, input).await.map_err(|e| e.to_string())
    }

    #[tokio::test]
    async fn the_credentials_are_those_of_the_role() {
        let fixture = Fixture::new().await;
        let answer = assume(&fixture, request()).await.unwrap();
        let made = answer.credentials.unwrap();
        assert!(made.access_key_id.starts_with("ASIA") && made.access_key_id.len() == 20);
        let found = fixture.find(&made.access_key_id, &made.session_token).unwrap();
        assert_eq!(found.0.secret.reveal(), made.secret_access_key);
        assert_eq!(found.1.arn.as_ref(), "arn:aws:sts::000000000000:assumed-role/r/s");
        assert_eq!(made.expiration.epoch_ms(), 3_600_000);
        assert_eq!(answer.assumed_role_user.unwrap().arn, found.1.arn.as_ref());
    }

    #[tokio::test]
    async fn a_token_is_good_for_its_own_key_only_and_cannot_be_changed() {
        let fixture = Fixture::new().await;
        let one = assume(&fixture, request()).await.unwrap().credentials.unwrap();
        let other = assume(&fixture, request()).await.unwrap().credentials.unwrap();
        assert!(fixture.find(&one.access_key_id, &other.session_token).is_none());
        let mut bent = one.session_token.clone().into_bytes();
        bent[60] ^= 1;
        assert!(fixture.find(&one.access_key_id, &String::from_utf8(bent).unwrap()).is_none());
    }

    #[tokio::test]
    async fn whom_the_role_does_not_trust_is_not_told_whether_it_exists() {
        let fixture = Fixture::new().await;
        for arn in
            ["arn:aws:iam::000000000000:role/absent", "arn:aws:iam::000000000000:role/closed"]
        {
            let refusal = assume(&fixture, AssumeRoleRequest { role_arn: arn.into(), ..request() });
            assert_eq!(
                refusal.await.unwrap_err(),
                format!(
                    "AccessDenied (403): User: arn:aws:iam::000000000000:root is not authorized to perform: \
                     sts:AssumeRole on resource: {arn}"
                )
            );
        }
    }

    #[tokio::test]
    async fn nobody_stays_longer_than_the_role_lets() {
        let fixture = Fixture::new().await;
        let long = AssumeRoleRequest { duration_seconds: Some(7200), ..request() };
        let refusal = assume(&fixture, long).await.unwrap_err();
        assert!(refusal.contains("exceeds the MaxSessionDuration"), "{refusal}");
    }

    #[tokio::test]
    async fn a_session_policy_has_to_be_a_policy() {
        let fixture = Fixture::new().await;
        let bad = AssumeRoleRequest { policy: Some("{}".into()), ..request() };
        let refusal = assume(&fixture, bad).await.unwrap_err();
        assert_eq!(refusal, "MalformedPolicyDocument (400): Syntax errors in policy.");
    }
}
