//! `DeleteUserPermissionsBoundary`.

use api::iam::{DeleteUserPermissionsBoundary, DeleteUserPermissionsBoundaryRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;

impl Handle<DeleteUserPermissionsBoundary> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: DeleteUserPermissionsBoundaryRequest,
    ) -> Result<(), ApiError> {
        self.change_user(&input.user_name, |user| {
            user.grants.boundary = None;
            Ok(())
        })
        .await
    }
}
