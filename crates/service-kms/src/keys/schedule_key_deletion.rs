//! `ScheduleKeyDeletion`.

use api::{
    Call, Handle,
    kms::{ScheduleKeyDeletion, ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse},
};
use wire::{ApiError, Timestamp};

use crate::{Kms, error::invalid, key::State};

/// The waiting period if the request does not say.
const USUAL_DAYS: u32 = 30;
/// The shortest and the longest waiting period.
const DAYS: std::ops::RangeInclusive<u32> = 7..=30;

impl Handle<ScheduleKeyDeletion> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ScheduleKeyDeletionRequest,
    ) -> Result<ScheduleKeyDeletionResponse, ApiError> {
        let key = self.own_key(call, &input.key_id, "ScheduleKeyDeletion").await?;
        let days = input.pending_window_in_days.map_or(USUAL_DAYS, i32::unsigned_abs);
        if !DAYS.contains(&days) {
            return Err(invalid("PendingWindowInDays must be between 7 and 30."));
        }
        let arn = self.keyring.arn(&key);
        let at_ms = self.clock.now_ms().saturating_add(self.config.days_ms(days));
        let changed = self.keyring.change(&key, |key| {
            key.check_changeable(&arn)?;
            key.state = State::PendingDeletion { at_ms };
            Ok(())
        });
        let key = changed.await?;
        Ok(ScheduleKeyDeletionResponse {
            key_id: Some(arn),
            deletion_date: Some(Timestamp::from_epoch_ms(at_ms)),
            key_state: Some(key.state.as_str().to_owned()),
            pending_window_in_days: i32::try_from(days).ok(),
        })
    }
}
