//! `UntagUser`.

use api::iam::{UntagUser, UntagUserRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<UntagUser> for Iam {
    async fn handle(&self, _: &Call, input: UntagUserRequest) -> Result<(), ApiError> {
        self.change_user(&input.user_name, |user| {
            grants::untag(&mut user.grants.tags, &input.tag_keys);
            Ok(())
        })
        .await
    }
}
