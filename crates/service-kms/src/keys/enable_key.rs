//! `EnableKey`.

use api::{
    Call, Handle,
    kms::{EnableKey, EnableKeyRequest},
};
use wire::ApiError;

use crate::{Kms, key::State};

impl Handle<EnableKey> for Kms {
    async fn handle(&self, call: &Call, input: EnableKeyRequest) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "EnableKey").await?;
        let arn = self.keyring.arn(&key);
        let changed = self.keyring.change(&key, |key| {
            key.check_changeable(&arn)?;
            key.state = State::Enabled;
            Ok(())
        });
        changed.await.map(drop)
    }
}
