//! `DeleteRolePermissionsBoundary`.

use api::iam::{DeleteRolePermissionsBoundary, DeleteRolePermissionsBoundaryRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;

impl Handle<DeleteRolePermissionsBoundary> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: DeleteRolePermissionsBoundaryRequest,
    ) -> Result<(), ApiError> {
        self.change_role(&input.role_name, |role| {
            role.grants.boundary = None;
            Ok(())
        })
        .await
    }
}
