//! Execution roles: whether Lambda may take them on, and their credentials for environments.

use std::{sync::Arc, time::Duration};

use api::{Caller, RoleSession};
use engine::{Assumable, Credentials, RoleCredentials};
use policy::{Context, Decision, Kind, Policies, Principal, Request};
use serde::Deserialize;
use store::Clock;

use crate::{
    Directory, Owner, Role, SessionCredentials, SessionRequest, Sessions, ids::id_of_absent_role,
    role_name,
};

/// The longest name of a session.
const NAME_MAX: usize = 64;

/// Gives functions the credentials of their roles.
#[derive(Debug)]
pub struct ExecutionRoles {
    directory: Arc<Directory>,
    sessions: Arc<Sessions>,
    clock: Arc<dyn Clock>,
    /// Longer than an environment lives, because it gets credentials once.
    lifetime: Duration,
    unknown: UnknownRoles,
}

/// What is done about a role that IAM does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownRoles {
    /// Functions may have it, and its credentials may do nothing.
    #[default]
    Accept,
    /// Functions cannot have it, as on AWS.
    Refuse,
}

/// How Lambda introduces itself to trust policies.
const LAMBDA: &str = "lambda.amazonaws.com";

// === impl ExecutionRoles ===

impl ExecutionRoles {
    /// Makes an issuer.
    pub fn new(
        directory: Arc<Directory>,
        sessions: Arc<Sessions>,
        clock: Arc<dyn Clock>,
        lifetime: Duration,
        unknown: UnknownRoles,
    ) -> Self {
        Self { directory, sessions, clock, lifetime, unknown }
    }

    fn role(&self, arn: &str) -> Option<Arc<Role>> {
        let role = self.directory.role(role_name(arn));
        role.filter(|role| role.arn(self.directory.account()) == arn)
    }

    /// Asks the trust policy of a role whether it lets Lambda in for a function.
    fn trusts(&self, role: &Role, function: &str) -> bool {
        let account = self.directory.account();
        let trust = self.directory.documents().get(&role.trust, Kind::Trust);
        let policies = Policies {
            resource_account: account,
            identity: &[],
            resource: Some(&trust),
            boundary: None,
            session: None,
        };
        let context = Context::default()
            .with("aws:SourceAccount", account.as_ref())
            .with("aws:SourceArn", function);
        let decision = policies.decide_assumption(&Request {
            principal: &Principal::Service(LAMBDA.to_owned()),
            action: "sts:AssumeRole",
            resource: &role.arn(account),
            context: &context,
        });
        decision == Decision::Allowed
    }

    /// Makes a session. A role that does not exist may do nothing, but its credentials are genuine.
    fn session(&self, role_arn: &str, function: &str) -> Arc<RoleSession> {
        let role_id =
            self.role(role_arn).map_or_else(|| id_of_absent_role(role_arn), |role| role.id.clone());
        Arc::new(RoleSession {
            role_arn: role_arn.to_owned(),
            role_id,
            name: function.chars().take(NAME_MAX).collect(),
            policies: None,
            tags: Vec::new(),
            source_identity: None,
        })
    }

    /// Gives who a function is that has a role, as far as policies and grants are concerned.
    pub fn caller(&self, role_arn: &str, function: &str) -> Caller {
        self.directory.role_caller(&self.session(role_arn, function), "")
    }

    fn begin(&self, role_arn: &str, function: &str) -> SessionCredentials {
        self.sessions.begin(&SessionRequest {
            owner: Owner::Role(self.session(role_arn, function)),
            now: self.clock.now().into(),
            lifetime: self.lifetime,
        })
    }
}

impl RoleCredentials for ExecutionRoles {
    fn issue(&self, role: &str, function: &str) -> Credentials {
        let made = self.begin(role, function);
        Credentials {
            access_key_id: made.access_key_id,
            secret_access_key: made.secret_access_key,
            session_token: made.session_token,
        }
    }

    fn assumable(&self, role: &str, function: &str) -> Assumable {
        let found = self.role(role);
        let own = role.split(':').nth(4) == Some(self.directory.account());
        match (found, self.unknown) {
            (Some(role), _) if self.trusts(&role, function) => Assumable::Yes,
            (Some(_), _) => Assumable::No,
            (None, UnknownRoles::Accept) => Assumable::Yes,
            (None, UnknownRoles::Refuse) if own => Assumable::No,
            (None, UnknownRoles::Refuse) => Assumable::OtherAccount,
        }
    }
}
