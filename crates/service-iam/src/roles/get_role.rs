//! `GetRole`.

use api::iam::{GetRole, GetRoleRequest, GetRoleResponse, Role, RoleLastUsed};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::roles::render;

impl Handle<GetRole> for Iam {
    async fn handle(&self, _: &Call, input: GetRoleRequest) -> Result<GetRoleResponse, ApiError> {
        let role = self.role(&input.role_name)?;
        let used = self.directory.usage().last(&role.id);
        let used = used.map_or_else(RoleLastUsed::default, |used| RoleLastUsed {
            last_used_date: Some(wire::Timestamp::from_epoch_ms(used.at_ms)),
            region: Some(used.region),
        });
        Ok(GetRoleResponse { role: Role { role_last_used: Some(used), ..render(self, &role) } })
    }
}
