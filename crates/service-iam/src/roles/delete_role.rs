//! `DeleteRole`: only one that has no policies left.

use api::iam::{DeleteRole, DeleteRoleRequest};
use api::{Call, Handle};
use store::Expect;
use wire::ApiError;

use crate::Iam;
use crate::error::{conflict, deleted, no_such_role};
use crate::names;

impl Handle<DeleteRole> for Iam {
    async fn handle(&self, _: &Call, input: DeleteRoleRequest) -> Result<(), ApiError> {
        let row = self.directory.roles().get(&names::key(&input.role_name));
        let row = row.ok_or_else(|| no_such_role(&input.role_name))?;
        if !row.value.grants.attached.is_empty() {
            return Err(conflict("detach all policies"));
        }
        if !row.value.grants.inline.is_empty() {
            return Err(conflict("delete policies"));
        }
        let expected = Expect::Revision(row.revision);
        deleted(self.directory.roles().delete(&row.key, expected).await)
    }
}
