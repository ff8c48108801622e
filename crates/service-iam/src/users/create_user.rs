//! `CreateUser`.

use api::iam::{CreateUser, CreateUserRequest, CreateUserResponse};
use api::{Call, Handle};
use identity::{IdKind, User, unique_id};
use store::Expect;
use wire::ApiError;

use crate::Iam;
use crate::error::created;
use crate::users::render;
use crate::{grants, names};

impl Handle<CreateUser> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: CreateUserRequest,
    ) -> Result<CreateUserResponse, ApiError> {
        let user = User {
            name: input.user_name.clone(),
            path: names::path(input.path.as_ref()),
            id: unique_id(IdKind::User, self.ids.as_ref()),
            created_ms: call.timestamp().epoch_ms(),
            grants: grants::fresh(self, input.tags.as_ref(), input.permissions_boundary.as_ref())?,
            keys: Vec::new(),
        };
        let put = self.directory.users().put(&names::key(&user.name), &user, Expect::Absent).await;
        created(put, "User", &user.name)?;
        Ok(CreateUserResponse { user: Some(render(self, &user)) })
    }
}
