//! `UpdateAssumeRolePolicy`: who may take on the role.

use api::iam::{UpdateAssumeRolePolicy, UpdateAssumeRolePolicyRequest};
use api::{Call, Handle};
use policy::Kind;
use wire::ApiError;

use crate::Iam;
use crate::error::check_document;

impl Handle<UpdateAssumeRolePolicy> for Iam {
    async fn handle(&self, _: &Call, input: UpdateAssumeRolePolicyRequest) -> Result<(), ApiError> {
        check_document(&input.policy_document, Kind::Trust)?;
        self.change_role(&input.role_name, |role| {
            role.trust.clone_from(&input.policy_document);
            Ok(())
        })
        .await
    }
}
