//! `UpdateUser`: its path; and its name, which is the key of its record.

use api::iam::{UpdateUser, UpdateUserRequest};
use api::{Call, Handle};
use identity::User;
use store::Expect;
use wire::ApiError;

use crate::Iam;
use crate::error::{created, deleted, no_such_user};
use crate::names;

impl Handle<UpdateUser> for Iam {
    async fn handle(&self, _: &Call, input: UpdateUserRequest) -> Result<(), ApiError> {
        let old = self.directory.users().get(&names::key(&input.user_name));
        let old = old.ok_or_else(|| no_such_user(&input.user_name))?;
        let mut user = User::clone(&old.value);
        if let Some(path) = &input.new_path {
            user.path.clone_from(path);
        }
        let new_name = input.new_user_name.as_deref().unwrap_or(&user.name).to_owned();
        user.name.clone_from(&new_name);
        let (old_key, new_key) = (names::key(&input.user_name), names::key(&new_name));
        if old_key == new_key {
            let expected = Expect::Revision(old.revision);
            let put = self.directory.users().put(&new_key, &user, expected).await;
            return deleted(put.map(|_| true));
        }
        // Two records change. Between the two writes both names exist, with the same id and keys;
        // after a crash there the old one can be deleted or renamed again.
        created(
            self.directory.users().put(&new_key, &user, Expect::Absent).await,
            "User",
            &new_name,
        )?;
        deleted(self.directory.users().delete(&old_key, Expect::Revision(old.revision)).await)
    }
}
