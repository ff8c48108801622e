//! `AttachRolePolicy`: a managed policy.

use api::iam::{AttachRolePolicy, AttachRolePolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::{grants, names};

impl Handle<AttachRolePolicy> for Iam {
    async fn handle(&self, _: &Call, input: AttachRolePolicyRequest) -> Result<(), ApiError> {
        self.role(&input.role_name)?;
        names::check_attachable(self, &input.policy_arn)?;
        self.change_role(&input.role_name, |role| {
            grants::attach(&mut role.grants, &input.policy_arn, "Role")
        })
        .await
    }
}
