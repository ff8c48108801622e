//! `GetKeyPolicy`.

use api::{
    Call, Handle,
    kms::{GetKeyPolicy, GetKeyPolicyRequest, GetKeyPolicyResponse},
};
use wire::ApiError;

use super::{NAME, check_name};
use crate::Kms;

impl Handle<GetKeyPolicy> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: GetKeyPolicyRequest,
    ) -> Result<GetKeyPolicyResponse, ApiError> {
        let key = self.key_itself(call, &input.key_id).await?;
        check_name(input.policy_name.as_deref())?;
        let policy = Some(key.policy.clone());
        Ok(GetKeyPolicyResponse { policy, policy_name: Some(NAME.to_owned()) })
    }
}
