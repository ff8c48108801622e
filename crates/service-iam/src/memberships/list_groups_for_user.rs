//! `ListGroupsForUser`: there are no groups.

use api::iam::{ListGroupsForUser, ListGroupsForUserRequest, ListGroupsForUserResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;

impl Handle<ListGroupsForUser> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListGroupsForUserRequest,
    ) -> Result<ListGroupsForUserResponse, ApiError> {
        self.user(&input.user_name)?;
        Ok(ListGroupsForUserResponse {
            is_truncated: Some(false),
            ..ListGroupsForUserResponse::default()
        })
    }
}
