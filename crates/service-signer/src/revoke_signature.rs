//! `RevokeSignature`.

use api::{
    Call, Handle,
    signer::{RevokeSignature, RevokeSignatureRequest, errors},
};
use store::Expect;
use wire::{ApiError, Timestamp};

use crate::{
    Signer,
    profile::RevokedJob,
    signer::{key, unavailable},
};

const MAX_ID_LENGTH: usize = 64;

impl Handle<RevokeSignature> for Signer {
    /// Revokes the signature of one job, which may have been done anywhere: jobs are not known here.
    async fn handle(&self, call: &Call, input: RevokeSignatureRequest) -> Result<(), ApiError> {
        let is_id = |id: &str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if input.job_id.len() > MAX_ID_LENGTH || !is_id(&input.job_id) {
            return Err(errors::validation("The job id is not that of a signing job."));
        }
        let revoked = RevokedJob {
            at_ms: Timestamp::from(call.now).epoch_ms(),
            by: call.caller.arn.to_string(),
            reason: input.reason,
        };
        let key = key(&call.region, &input.job_id);
        self.jobs.put(&key, &revoked, Expect::Any).await.map_err(unavailable)?;
        Ok(())
    }
}
