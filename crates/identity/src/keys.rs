//! From an access key to its secret and its owner.

use std::sync::Arc;

use api::{Caller, Identity, RoleSession};
use wire::sigv4::Credential;

use crate::{Directory, Owner, Sessions};

impl Directory {
    /// Finds the secret and the owner of a user's key, or of a session's key with its token.
    pub fn credential(
        &self,
        sessions: &Sessions,
        access_key_id: &str,
        token: Option<&str>,
    ) -> Option<(Credential, Caller)> {
        if let Some(token) = token {
            let opened = sessions.open(access_key_id, token)?;
            let caller = self.session_caller(&opened.owner, access_key_id)?;
            let credential = Credential {
                secret: opened.secret.as_str().into(),
                session_token: Some(token.into()),
                expires_at: Some(opened.expires_at),
            };
            return Some((credential, caller));
        }
        let (user, key) = self.access_key(access_key_id).filter(|(_, key)| key.active)?;
        let secret = key.secret.as_str().into();
        let credential = Credential { secret, session_token: None, expires_at: None };
        Some((credential, self.user_caller(&user, access_key_id)))
    }

    fn user_caller(&self, user: &crate::User, access_key_id: &str) -> Caller {
        Caller {
            arn: user.arn(self.account()).into(),
            user_id: user.id.as_str().into(),
            account_id: Arc::clone(self.account()),
            access_key_id: access_key_id.into(),
            identity: Identity::User { name: user.name.as_str().into() },
        }
    }

    /// Gives who a session is; that of a user who is gone is nobody.
    fn session_caller(&self, owner: &Owner, access_key_id: &str) -> Option<Caller> {
        match owner {
            Owner::Root => Some(Caller::root(self.account())),
            Owner::User { name, id } => {
                let user = self.user(name).filter(|user| user.id == *id)?;
                Some(self.user_caller(&user, access_key_id))
            }
            Owner::Role(session) => Some(self.role_caller(session, access_key_id)),
        }
    }

    pub(crate) fn role_caller(&self, session: &Arc<RoleSession>, access_key_id: &str) -> Caller {
        let account = self.account();
        let (role, name) = (crate::role_name(&session.role_arn), &session.name);
        Caller {
            arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}").into(),
            user_id: format!("{}:{name}", session.role_id).into(),
            account_id: Arc::clone(account),
            access_key_id: access_key_id.into(),
            identity: Identity::Session(Arc::clone(session)),
        }
    }
}
