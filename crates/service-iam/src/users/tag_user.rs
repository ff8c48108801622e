//! `TagUser`.

use api::iam::{TagUser, TagUserRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::grants;

impl Handle<TagUser> for Iam {
    async fn handle(&self, _: &Call, input: TagUserRequest) -> Result<(), ApiError> {
        self.change_user(&input.user_name, |user| grants::tag(&mut user.grants.tags, &input.tags))
            .await
    }
}
