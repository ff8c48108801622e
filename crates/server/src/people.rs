//! Users, roles and sessions, and whoever else may call.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use api::{Caller, Resources};
use engine::RandomIds;
use gateway::Principals;
use identity::{Directory, ExecutionRoles, Guard, Sessions};
use service_iam::Iam;
use service_sts::Sts;
use store::{Clock, Stores};
use wire::sigv4::Credential;

use crate::{config::Config, keys::RootKeys};

/// How long the credentials of a function are good, unless its environments live longer.
const FUNCTION_SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// How much longer the credentials of a function are good than its environments live: the last
/// invocation may begin at the very end.
const GRACE: Duration = Duration::from_secs(60 * 60);

/// What knows who may call and what they may do.
#[derive(Debug)]
pub(crate) struct People {
    directory: Arc<Directory>,
    sessions: Arc<Sessions>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) everybody: Arc<Everybody>,
    pub(crate) execution_roles: Arc<ExecutionRoles>,
}

// === impl People ===

impl People {
    pub(crate) async fn open(
        config: &Config,
        stores: &Stores,
        keys: &RootKeys,
        clock: Arc<dyn Clock>,
        resources: Vec<Arc<dyn Resources>>,
    ) -> Result<Self> {
        let account = &config.account_id;
        let records = Arc::clone(&stores.records);
        let directory = Arc::new(Directory::open(records, account.as_str()).await?);
        let sessions = Arc::new(Sessions::new(keys.link_secret.as_bytes(), Arc::new(RandomIds)));
        let guard = Arc::new(Guard::new(Arc::clone(&directory), resources));
        let lifetime = FUNCTION_SESSION.max(config.limits.environment_lifetime + GRACE);
        let execution_roles = ExecutionRoles::new(
            Arc::clone(&directory),
            Arc::clone(&sessions),
            clock,
            lifetime,
            config.unknown_roles,
        );
        let everybody = Everybody::new(keys, Arc::clone(&directory), Arc::clone(&sessions));
        Ok(Self {
            directory,
            sessions,
            guard,
            everybody: Arc::new(everybody),
            execution_roles: Arc::new(execution_roles),
        })
    }

    pub(crate) fn iam(&self) -> Iam {
        Iam { directory: Arc::clone(&self.directory), ids: Arc::new(RandomIds) }
    }

    pub(crate) fn sts(&self) -> Sts {
        let (directory, sessions) = (Arc::clone(&self.directory), Arc::clone(&self.sessions));
        Sts { directory, sessions, guard: Arc::clone(&self.guard) }
    }
}

/// Everybody who may call: the owner of the account, its users, and sessions.
#[derive(Debug)]
pub(crate) struct Everybody {
    root_key: String,
    root_credential: Credential,
    caller: Caller,
    directory: Arc<Directory>,
    sessions: Arc<Sessions>,
}

// === impl Everybody ===

impl Everybody {
    fn new(keys: &RootKeys, directory: Arc<Directory>, sessions: Arc<Sessions>) -> Self {
        let access_key_id = keys.access_key_id.as_str().into();
        let caller = Caller { access_key_id, ..Caller::root(directory.account()) };
        // Made once: this is the key of nearly every request.
        let secret = keys.secret_access_key.as_str().into();
        let root_credential = Credential { secret, session_token: None, expires_at: None };
        let root_key = keys.access_key_id.clone();
        Self { root_key, root_credential, caller, directory, sessions }
    }
}

impl Principals for Everybody {
    fn find(&self, access_key_id: &str, token: Option<&str>) -> Option<(Credential, Caller)> {
        if access_key_id == self.root_key {
            return Some((self.root_credential.clone(), self.caller.clone()));
        }
        self.directory.credential(&self.sessions, access_key_id, token)
    }

    fn root(&self) -> Caller {
        self.caller.clone()
    }
}
