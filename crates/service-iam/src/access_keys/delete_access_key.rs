//! `DeleteAccessKey`.

use api::iam::{DeleteAccessKey, DeleteAccessKeyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::error::no_such_key;
use crate::names;

impl Handle<DeleteAccessKey> for Iam {
    async fn handle(&self, call: &Call, input: DeleteAccessKeyRequest) -> Result<(), ApiError> {
        let name = names::or_own(call, input.user_name.as_deref())?;
        self.change_user(&name, |user| {
            let at = user.keys.iter().position(|key| key.id == input.access_key_id);
            user.keys.remove(at.ok_or_else(|| no_such_key(&input.access_key_id))?);
            Ok(())
        })
        .await
    }
}
