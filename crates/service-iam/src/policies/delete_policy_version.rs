//! `DeletePolicyVersion`: not the one in force.

use api::iam::{DeletePolicyVersion, DeletePolicyVersionRequest, errors};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::{names, policies};

impl Handle<DeletePolicyVersion> for Iam {
    async fn handle(&self, _: &Call, input: DeletePolicyVersionRequest) -> Result<(), ApiError> {
        let (arn, id) = (&input.policy_arn, &input.version_id);
        self.change_policy(arn, |policy| {
            let number =
                names::version_number(id).filter(|number| policy.version(*number).is_some());
            let number = number.ok_or_else(|| policies::no_such_version(arn, id))?;
            if number == policy.default_version {
                return Err(errors::delete_conflict(
                    "Cannot delete the default version of a policy.",
                ));
            }
            policy.versions.retain(|version| version.number != number);
            Ok(())
        })
        .await
    }
}
