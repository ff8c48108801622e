//! `GetUser`: by name, or who asks.

use api::iam::{GetUser, GetUserRequest, GetUserResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::users::{render, render_root};

impl Handle<GetUser> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: GetUserRequest,
    ) -> Result<GetUserResponse, ApiError> {
        if input.user_name.is_none() && call.caller.is_root() {
            return Ok(GetUserResponse { user: render_root(self) });
        }
        let user = self.user_or_self(call, input.user_name.as_deref())?;
        Ok(GetUserResponse { user: render(self, &user) })
    }
}
