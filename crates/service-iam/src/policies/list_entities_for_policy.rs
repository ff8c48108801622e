//! `ListEntitiesForPolicy`: who has it attached, or as boundary.

use api::iam::{
    ListEntitiesForPolicy, ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse, PolicyRole,
    PolicyUser,
};
use api::{Call, Handle};
use identity::Grants;
use wire::ApiError;

use crate::Iam;
use crate::names;

impl Handle<ListEntitiesForPolicy> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListEntitiesForPolicyRequest,
    ) -> Result<ListEntitiesForPolicyResponse, ApiError> {
        names::managed(self, &input.policy_arn)?;
        let (arn, filter) = (&input.policy_arn, input.entity_filter.as_deref());
        let as_boundary = input.policy_usage_filter.as_deref() == Some("PermissionsBoundary");
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let has = |grants: &Grants, path: &str| {
            let used = if as_boundary {
                grants.boundary.as_ref() == Some(arn)
            } else {
                grants.attached.contains(arn)
            };
            used && path.starts_with(prefix)
        };
        let users = self.directory.users().range("", None, usize::MAX);
        let users = users.iter().map(|row| &row.value).filter(|user| has(&user.grants, &user.path));
        let users = users.filter(|_| matches!(filter, None | Some("User")));
        let roles = self.directory.roles().range("", None, usize::MAX);
        let roles = roles.iter().map(|row| &row.value).filter(|role| has(&role.grants, &role.path));
        let roles = roles.filter(|_| matches!(filter, None | Some("Role")));
        let user = |user: &std::sync::Arc<identity::User>| PolicyUser {
            user_name: Some(user.name.clone()),
            user_id: Some(user.id.clone()),
        };
        let role = |role: &std::sync::Arc<identity::Role>| PolicyRole {
            role_name: Some(role.name.clone()),
            role_id: Some(role.id.clone()),
        };
        Ok(ListEntitiesForPolicyResponse {
            policy_groups: Some(Vec::new()),
            policy_users: Some(users.map(user).collect()),
            policy_roles: Some(roles.map(role).collect()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
