//! `CancelKeyDeletion`.

use api::{
    Call, Handle,
    kms::{CancelKeyDeletion, CancelKeyDeletionRequest, CancelKeyDeletionResponse, errors},
};
use wire::ApiError;

use crate::{Kms, key::State};

impl Handle<CancelKeyDeletion> for Kms {
    /// Keeps a key after all; it is disabled until it is enabled.
    async fn handle(
        &self,
        call: &Call,
        input: CancelKeyDeletionRequest,
    ) -> Result<CancelKeyDeletionResponse, ApiError> {
        let key = self.own_key(call, &input.key_id, "CancelKeyDeletion").await?;
        let arn = self.keyring.arn(&key);
        let changed = self.keyring.change(&key, |key| {
            if !matches!(key.state, State::PendingDeletion { .. }) {
                return Err(errors::kms_invalid_state(format!("{arn} is not pending deletion.")));
            }
            key.state = State::Disabled;
            Ok(())
        });
        changed.await?;
        Ok(CancelKeyDeletionResponse { key_id: Some(arn) })
    }
}
