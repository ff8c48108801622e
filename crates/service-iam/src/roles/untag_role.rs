//! `UntagRole`.

use api::iam::{UntagRole, UntagRoleRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<UntagRole> for Iam {
    async fn handle(&self, _: &Call, input: UntagRoleRequest) -> Result<(), ApiError> {
        self.change_role(&input.role_name, |role| {
            grants::untag(&mut role.grants.tags, &input.tag_keys);
            Ok(())
        })
        .await
    }
}
