//! `CancelSigningProfile`.

use api::{
    Call, Handle,
    signer::{CancelSigningProfile, CancelSigningProfileRequest},
};
use wire::ApiError;

use crate::{Signer, profile::Status};

impl Handle<CancelSigningProfile> for Signer {
    /// Gives a profile up; what was signed for it counts as before.
    async fn handle(
        &self,
        call: &Call,
        input: CancelSigningProfileRequest,
    ) -> Result<(), ApiError> {
        self.change(call, &input.profile_name, |profile| {
            if let Some(latest) = profile.versions.last_mut()
                && latest.status == Status::Active
            {
                latest.status = Status::Canceled;
            }
            Ok(())
        })
        .await
    }
}
