//! `CreateRole`.

use api::iam::{CreateRole, CreateRoleRequest, CreateRoleResponse};
use api::{Call, Handle};
use identity::{IdKind, Role, unique_id};
use policy::Kind;
use store::Expect;
use wire::ApiError;

use crate::Iam;
use crate::error::{check_document, created};
use crate::roles::{MAX_SESSION_S, render};
use crate::{grants, names};

impl Handle<CreateRole> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: CreateRoleRequest,
    ) -> Result<CreateRoleResponse, ApiError> {
        check_document(&input.assume_role_policy_document, Kind::Trust)?;
        let role = Role {
            name: input.role_name.clone(),
            path: names::path(input.path.as_ref()),
            id: unique_id(IdKind::Role, self.ids.as_ref()),
            created_ms: call.timestamp().epoch_ms(),
            description: input.description,
            max_session_s: input.max_session_duration.map_or(MAX_SESSION_S, i32::unsigned_abs),
            trust: input.assume_role_policy_document,
            grants: grants::fresh(self, input.tags.as_ref(), input.permissions_boundary.as_ref())?,
        };
        let put = self.directory.roles().put(&names::key(&role.name), &role, Expect::Absent).await;
        created(put, "Role", &role.name)?;
        Ok(CreateRoleResponse { role: render(self, &role) })
    }
}
