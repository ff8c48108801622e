//! `DisableKeyRotation`.

use api::{
    Call, Handle,
    kms::{DisableKeyRotation, DisableKeyRotationRequest},
};
use wire::ApiError;

use crate::Kms;

impl Handle<DisableKeyRotation> for Kms {
    async fn handle(&self, call: &Call, input: DisableKeyRotationRequest) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "DisableKeyRotation").await?;
        let arn = self.keyring.arn(&key);
        let changed = self.keyring.change(&key, |key| {
            key.check_usable(&arn)?;
            key.rotation = None;
            Ok(())
        });
        changed.await.map(drop)
    }
}
