//! `PutUserPermissionsBoundary`: what the user is limited to.

use api::iam::{PutUserPermissionsBoundary, PutUserPermissionsBoundaryRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::names;

impl Handle<PutUserPermissionsBoundary> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: PutUserPermissionsBoundaryRequest,
    ) -> Result<(), ApiError> {
        names::check_attachable(self, &input.permissions_boundary)?;
        self.change_user(&input.user_name, |user| {
            user.grants.boundary = Some(input.permissions_boundary.clone());
            Ok(())
        })
        .await
    }
}
