//! `UpdateAccessKey`: switches a key on and off.

use api::iam::{UpdateAccessKey, UpdateAccessKeyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::access_keys::status;
use crate::error::no_such_key;
use crate::names;

impl Handle<UpdateAccessKey> for Iam {
    async fn handle(&self, call: &Call, input: UpdateAccessKeyRequest) -> Result<(), ApiError> {
        let name = names::or_own(call, input.user_name.as_deref())?;
        self.change_user(&name, |user| {
            let key = user.keys.iter_mut().find(|key| key.id == input.access_key_id);
            key.ok_or_else(|| no_such_key(&input.access_key_id))?.active =
                input.status == status(true);
            Ok(())
        })
        .await
    }
}
