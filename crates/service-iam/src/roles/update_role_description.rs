//! `UpdateRoleDescription`.

use api::iam::{
    UpdateRoleDescription, UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse,
};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::roles::render;

impl Handle<UpdateRoleDescription> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: UpdateRoleDescriptionRequest,
    ) -> Result<UpdateRoleDescriptionResponse, ApiError> {
        self.change_role(&input.role_name, |role| {
            role.description = Some(input.description.clone());
            Ok(())
        })
        .await?;
        let role = self.role(&input.role_name)?;
        Ok(UpdateRoleDescriptionResponse { role: Some(render(self, &role)) })
    }
}
