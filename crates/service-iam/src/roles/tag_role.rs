//! `TagRole`.

use api::iam::{TagRole, TagRoleRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<TagRole> for Iam {
    async fn handle(&self, _: &Call, input: TagRoleRequest) -> Result<(), ApiError> {
        self.change_role(&input.role_name, |role| grants::tag(&mut role.grants.tags, &input.tags))
            .await
    }
}
