//! `EnableKeyRotation`.

use api::{
    Call, Handle,
    kms::{EnableKeyRotation, EnableKeyRotationRequest},
};
use wire::ApiError;

use super::YEAR_DAYS;
use crate::{Kms, key::Rotation};

impl Handle<EnableKeyRotation> for Kms {
    /// Lets a key rotate itself; asking again with another period begins that one now.
    async fn handle(&self, call: &Call, input: EnableKeyRotationRequest) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "EnableKeyRotation").await?;
        let arn = self.keyring.arn(&key);
        let wanted = input.rotation_period_in_days.map(i32::unsigned_abs);
        let now_ms = self.clock.now_ms();
        let changed = self.keyring.change(&key, |key| {
            key.check_usable(&arn)?;
            let current = key.rotation.map(|rotation| rotation.period_days);
            if current.is_none() || wanted.is_some_and(|wanted| current != Some(wanted)) {
                let period_days = wanted.unwrap_or(YEAR_DAYS);
                let next_ms = now_ms.saturating_add(self.config.days_ms(period_days));
                key.rotation = Some(Rotation { period_days, next_ms });
            }
            Ok(())
        });
        changed.await.map(drop)
    }
}
