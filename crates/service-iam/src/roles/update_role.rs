//! `UpdateRole`: its description and how long its sessions may last.

use api::iam::{UpdateRole, UpdateRoleRequest, UpdateRoleResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::roles::MAX_SESSION_S;

impl Handle<UpdateRole> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: UpdateRoleRequest,
    ) -> Result<UpdateRoleResponse, ApiError> {
        self.change_role(&input.role_name, |role| {
            role.description.clone_from(&input.description);
            role.max_session_s =
                input.max_session_duration.map_or(MAX_SESSION_S, i32::unsigned_abs);
            Ok(())
        })
        .await?;
        Ok(UpdateRoleResponse {})
    }
}
