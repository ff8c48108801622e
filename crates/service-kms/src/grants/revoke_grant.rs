//! `RevokeGrant`.

use api::{
    Call, Handle,
    kms::{RevokeGrant, RevokeGrantRequest},
};
use wire::ApiError;

use crate::{Kms, error::dry};

impl Handle<RevokeGrant> for Kms {
    async fn handle(&self, call: &Call, input: RevokeGrantRequest) -> Result<(), ApiError> {
        let key = self.key_itself(call, &input.key_id).await?;
        let grant = self.keyring.grant(&key, &input.grant_id)?;
        dry(input.dry_run)?;
        self.keyring.remove(&grant).await
    }
}
