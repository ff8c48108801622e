//! `ListInstanceProfilesForRole`: there are no instance profiles.

use api::iam::{
    ListInstanceProfilesForRole, ListInstanceProfilesForRoleRequest,
    ListInstanceProfilesForRoleResponse,
};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;

impl Handle<ListInstanceProfilesForRole> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListInstanceProfilesForRoleRequest,
    ) -> Result<ListInstanceProfilesForRoleResponse, ApiError> {
        self.role(&input.role_name)?;
        Ok(ListInstanceProfilesForRoleResponse {
            is_truncated: Some(false),
            ..ListInstanceProfilesForRoleResponse::default()
        })
    }
}
