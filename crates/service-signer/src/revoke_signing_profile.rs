//! `RevokeSigningProfile`.

use api::{
    Call, Handle,
    signer::{RevokeSigningProfile, RevokeSigningProfileRequest, errors},
};
use wire::{ApiError, Timestamp};

use crate::{Signer, profile::Status};

impl Handle<RevokeSigningProfile> for Signer {
    /// Revokes what was signed for a version at the given time or later.
    async fn handle(
        &self,
        call: &Call,
        input: RevokeSigningProfileRequest,
    ) -> Result<(), ApiError> {
        let now = Timestamp::from(call.now);
        if input.effective_time > now {
            return Err(errors::validation("The effective time cannot be in the future."));
        }
        self.change(call, &input.profile_name, |profile| {
            let (name, id) = (&profile.name, &input.profile_version);
            let missing = || format!("Version {id} of signing profile {name} is not found.");
            let version = profile.versions.iter_mut().find(|version| version.id == *id);
            let version = version.ok_or_else(|| errors::resource_not_found(missing()))?;
            if let Status::Revoked { .. } = version.status {
                return Err(errors::validation("The signing profile version is revoked already."));
            }
            version.status = Status::Revoked {
                effective_ms: input.effective_time.epoch_ms(),
                at_ms: now.epoch_ms(),
                by: call.caller.arn.to_string(),
                reason: input.reason.clone(),
            };
            Ok(())
        })
        .await
    }
}
