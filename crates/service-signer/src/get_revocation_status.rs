//! `GetRevocationStatus`.

use api::{
    Call, Handle,
    signer::{GetRevocationStatus, GetRevocationStatusRequest, GetRevocationStatusResponse},
};
use wire::ApiError;

use crate::Signer;

impl Handle<GetRevocationStatus> for Signer {
    /// Tells what of a signature was revoked; certificates cannot be.
    async fn handle(
        &self,
        _: &Call,
        input: GetRevocationStatusRequest,
    ) -> Result<GetRevocationStatusResponse, ApiError> {
        let signed_ms = input.signature_timestamp.epoch_ms();
        let mut revoked = Vec::new();
        if self.revokes_profile(&input.profile_version_arn, signed_ms) {
            revoked.push(input.profile_version_arn);
        }
        if self.revokes_job(&input.job_arn) {
            revoked.push(input.job_arn);
        }
        Ok(GetRevocationStatusResponse { revoked_entities: Some(revoked) })
    }
}
