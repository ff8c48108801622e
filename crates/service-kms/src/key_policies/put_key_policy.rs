//! `PutKeyPolicy`.

use api::{
    Call, Handle,
    kms::{PutKeyPolicy, PutKeyPolicyRequest},
};
use wire::ApiError;

use super::check_name;
use crate::Kms;

impl Handle<PutKeyPolicy> for Kms {
    async fn handle(&self, call: &Call, input: PutKeyPolicyRequest) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "PutKeyPolicy").await?;
        check_name(input.policy_name.as_deref())?;
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        self.check_policy(call, &self.keyring.arn(&key), (&input.policy, bypass))?;
        let changed = self.keyring.change(&key, |key| {
            key.policy.clone_from(&input.policy);
            Ok(())
        });
        changed.await.map(drop)
    }
}
