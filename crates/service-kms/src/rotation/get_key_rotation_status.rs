//! `GetKeyRotationStatus`.

use api::{
    Call, Handle,
    kms::{GetKeyRotationStatus, GetKeyRotationStatusRequest, GetKeyRotationStatusResponse},
};
use wire::{ApiError, Timestamp};

use crate::{Kms, key::State};

impl Handle<GetKeyRotationStatus> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: GetKeyRotationStatusRequest,
    ) -> Result<GetKeyRotationStatusResponse, ApiError> {
        let key = self.key_itself(call, &input.key_id).await?;
        // A key that is being deleted is not rotated, whatever was set.
        let pending = matches!(key.state, State::PendingDeletion { .. });
        let rotation = key.rotation.filter(|_| !pending);
        Ok(GetKeyRotationStatusResponse {
            key_rotation_enabled: Some(rotation.is_some()),
            key_id: Some(self.keyring.arn(&key)),
            rotation_period_in_days: rotation.and_then(|set| i32::try_from(set.period_days).ok()),
            next_rotation_date: rotation.map(|set| Timestamp::from_epoch_ms(set.next_ms)),
            on_demand_rotation_start_date: None,
        })
    }
}
