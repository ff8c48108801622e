//! Credentials of the execution role, for the environments of a function.

use std::{sync::Arc, time::Duration};

use api::RoleSession;
use engine::{Credentials, RoleCredentials};
use store::Clock;

use crate::{
    Directory, Owner, SessionCredentials, SessionRequest, Sessions, ids::id_of_absent_role,
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
}

// === impl ExecutionRoles ===

impl ExecutionRoles {
    /// Makes an issuer.
    pub fn new(
        directory: Arc<Directory>,
        sessions: Arc<Sessions>,
        clock: Arc<dyn Clock>,
        lifetime: Duration,
    ) -> Self {
        Self { directory, sessions, clock, lifetime }
    }

    /// Begins a session. A role that does not exist may do nothing, but its credentials are genuine.
    fn begin(&self, role_arn: &str, function: &str) -> SessionCredentials {
        let role = self.directory.role(role_name(role_arn));
        let role = role.filter(|role| role.arn(self.directory.account()) == role_arn);
        let role_id = role.map_or_else(|| id_of_absent_role(role_arn), |role| role.id.clone());
        self.sessions.begin(&SessionRequest {
            owner: Owner::Role(Arc::new(RoleSession {
                role_arn: role_arn.to_owned(),
                role_id,
                name: function.chars().take(NAME_MAX).collect(),
                policies: None,
                tags: Vec::new(),
                source_identity: None,
            })),
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
}
