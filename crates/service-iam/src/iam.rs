//! The service and what its operations share.

use std::sync::Arc;

use api::{Call, EntityArns};
use engine::Ids;
use identity::{Directory, ManagedPolicy, Role, User};
use wire::ApiError;

use crate::error::{Change, changed, no_such_policy, no_such_role, no_such_user};

/// The service; implements every operation of [`api::iam`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Iam {
    /// The users, roles and managed policies.
    pub directory: Arc<Directory>,
    /// Ids and secrets.
    pub ids: Arc<dyn Ids>,
}

// === impl Iam ===

impl Iam {
    pub(crate) fn account(&self) -> &str {
        self.directory.account()
    }

    /// Finds the user that a request names.
    pub(crate) fn user(&self, name: &str) -> Result<Arc<User>, ApiError> {
        self.directory.user(name).ok_or_else(|| no_such_user(name))
    }

    /// Finds the user that a request names, or who makes it.
    pub(crate) fn user_or_self(
        &self,
        call: &Call,
        name: Option<&str>,
    ) -> Result<Arc<User>, ApiError> {
        self.user(&crate::names::or_own(call, name)?)
    }

    /// Finds the role that a request names.
    pub(crate) fn role(&self, name: &str) -> Result<Arc<Role>, ApiError> {
        self.directory.role(name).ok_or_else(|| no_such_role(name))
    }

    /// Changes a user that exists.
    pub(crate) async fn change_user(
        &self,
        name: &str,
        change: impl Fn(&mut User) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let decide = |current: Option<&User>| {
            let mut next = current.cloned().ok_or_else(|| no_such_user(name))?;
            change(&mut next)?;
            Ok::<_, Change>(Some(next))
        };
        changed(self.directory.users().update(&Directory::key(name), decide).await)
    }

    /// Changes a role that exists.
    pub(crate) async fn change_role(
        &self,
        name: &str,
        change: impl Fn(&mut Role) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let decide = |current: Option<&Role>| {
            let mut next = current.cloned().ok_or_else(|| no_such_role(name))?;
            change(&mut next)?;
            Ok::<_, Change>(Some(next))
        };
        changed(self.directory.roles().update(&Directory::key(name), decide).await)
    }

    /// Changes a managed policy of this account that exists.
    pub(crate) async fn change_policy(
        &self,
        arn: &str,
        change: impl Fn(&mut ManagedPolicy) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let own = crate::names::own_policy(self, arn)?;
        let decide = |current: Option<&ManagedPolicy>| {
            let mut next = current.cloned().ok_or_else(|| no_such_policy(arn))?;
            change(&mut next)?;
            Ok::<_, Change>(Some(next))
        };
        changed(self.directory.policies().update(&Directory::key(&own.name), decide).await)
    }
}

impl EntityArns for Iam {
    fn user_arn(&self, name: &str) -> Option<String> {
        Some(self.directory.user(name)?.arn(self.account()))
    }

    fn role_arn(&self, name: &str) -> Option<String> {
        Some(self.directory.role(name)?.arn(self.account()))
    }
}
