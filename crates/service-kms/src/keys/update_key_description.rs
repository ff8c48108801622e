//! `UpdateKeyDescription`.

use api::{
    Call, Handle,
    kms::{UpdateKeyDescription, UpdateKeyDescriptionRequest},
};
use wire::ApiError;

use crate::Kms;

impl Handle<UpdateKeyDescription> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateKeyDescriptionRequest,
    ) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "UpdateKeyDescription").await?;
        let arn = self.keyring.arn(&key);
        let changed = self.keyring.change(&key, |key| {
            key.check_changeable(&arn)?;
            key.description.clone_from(&input.description);
            Ok(())
        });
        changed.await.map(drop)
    }
}
