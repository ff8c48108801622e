//! `DeleteUser`: only one that has nothing left.

use api::iam::{DeleteUser, DeleteUserRequest};
use api::{Call, Handle};
use store::Expect;
use wire::ApiError;

use crate::Iam;
use crate::error::{conflict, deleted, no_such_user};
use crate::names;

impl Handle<DeleteUser> for Iam {
    async fn handle(&self, _: &Call, input: DeleteUserRequest) -> Result<(), ApiError> {
        let row = self.directory.users().get(&names::key(&input.user_name));
        let row = row.ok_or_else(|| no_such_user(&input.user_name))?;
        if !row.value.keys.is_empty() {
            return Err(conflict("delete access keys"));
        }
        if !row.value.grants.attached.is_empty() {
            return Err(conflict("detach all policies"));
        }
        if !row.value.grants.inline.is_empty() {
            return Err(conflict("delete policies"));
        }
        let expected = Expect::Revision(row.revision);
        deleted(self.directory.users().delete(&row.key, expected).await)
    }
}
