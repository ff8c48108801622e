//! `DisableKey`.

use api::{
    Call, Handle,
    kms::{DisableKey, DisableKeyRequest},
};
use wire::ApiError;

use crate::{Kms, key::State};

impl Handle<DisableKey> for Kms {
    async fn handle(&self, call: &Call, input: DisableKeyRequest) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "DisableKey").await?;
        let arn = self.keyring.arn(&key);
        let changed = self.keyring.change(&key, |key| {
            key.check_changeable(&arn)?;
            key.state = State::Disabled;
            Ok(())
        });
        changed.await.map(drop)
    }
}
