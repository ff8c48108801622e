//! `SetDefaultPolicyVersion`.

use api::iam::{SetDefaultPolicyVersion, SetDefaultPolicyVersionRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::{names, policies};

impl Handle<SetDefaultPolicyVersion> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: SetDefaultPolicyVersionRequest,
    ) -> Result<(), ApiError> {
        let (arn, id) = (&input.policy_arn, &input.version_id);
        let now_ms = call.timestamp().epoch_ms();
        self.change_policy(arn, |policy| {
            let number =
                names::version_number(id).filter(|number| policy.version(*number).is_some());
            policy.default_version = number.ok_or_else(|| policies::no_such_version(arn, id))?;
            policy.updated_ms = now_ms;
            Ok(())
        })
        .await
    }
}
