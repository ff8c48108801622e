//! `DeletePolicy`: only one that nobody has and that has one version.

use api::iam::{DeletePolicy, DeletePolicyRequest, errors};
use api::{Call, Handle};
use store::Expect;
use wire::ApiError;

use crate::Iam;
use crate::error::{deleted, no_such_policy};
use crate::names;

impl Handle<DeletePolicy> for Iam {
    async fn handle(&self, _: &Call, input: DeletePolicyRequest) -> Result<(), ApiError> {
        let arn = &input.policy_arn;
        let own = names::own_policy(self, arn)?;
        let (attached, boundaries) =
            self.directory.attachments().get(arn).copied().unwrap_or_default();
        if attached + boundaries > 0 {
            return Err(errors::delete_conflict("Cannot delete a policy attached to entities."));
        }
        if own.versions.len() > 1 {
            return Err(errors::delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
                 The default version is deleted with the policy.",
            ));
        }
        let table = self.directory.policies();
        let row = table.get(&names::key(&own.name)).ok_or_else(|| no_such_policy(arn))?;
        deleted(table.delete(&row.key, Expect::Revision(row.revision)).await)
    }
}
