//! `PutRolePermissionsBoundary`: what the role is limited to.

use api::iam::{PutRolePermissionsBoundary, PutRolePermissionsBoundaryRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::names;

impl Handle<PutRolePermissionsBoundary> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: PutRolePermissionsBoundaryRequest,
    ) -> Result<(), ApiError> {
        names::check_attachable(self, &input.permissions_boundary)?;
        self.change_role(&input.role_name, |role| {
            role.grants.boundary = Some(input.permissions_boundary.clone());
            Ok(())
        })
        .await
    }
}
