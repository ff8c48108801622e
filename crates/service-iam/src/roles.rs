//! Roles.

mod create_role;
mod delete_role;
mod delete_role_permissions_boundary;
mod get_role;
mod list_role_tags;
mod list_roles;
mod put_role_permissions_boundary;
mod tag_role;
mod untag_role;
mod update_assume_role_policy;
mod update_role;
mod update_role_description;

use api::iam::Role;
use wire::Timestamp;

use crate::{Iam, grants};

/// How long a session may last if nothing else is said, in seconds.
const MAX_SESSION_S: u32 = 3600;

/// Gives a role as the operations answer it.
fn render(iam: &Iam, role: &identity::Role) -> Role {
    Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        arn: role.arn(iam.account()),
        create_date: Timestamp::from_epoch_ms(role.created_ms),
        assume_role_policy_document: Some(wire::uri_encode(&role.trust)),
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.max_session_s).ok(),
        permissions_boundary: grants::render_boundary(&role.grants),
        tags: grants::some_tags(&role.grants.tags),
        role_last_used: None,
        source_role_template: None,
    }
}
