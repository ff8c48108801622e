//! `GetPolicyVersion`: with its document.

use api::iam::{GetPolicyVersion, GetPolicyVersionRequest, GetPolicyVersionResponse};
use api::{Call, Handle};
use identity::ManagedView;
use wire::ApiError;

use crate::Iam;
use crate::{names, policies};

impl Handle<GetPolicyVersion> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: GetPolicyVersionRequest,
    ) -> Result<GetPolicyVersionResponse, ApiError> {
        let (arn, id) = (&input.policy_arn, &input.version_id);
        let absent = || policies::no_such_version(arn, id);
        let version = match names::managed(self, arn)? {
            ManagedView::Own(own) => {
                let number = names::version_number(id).ok_or_else(absent)?;
                policies::render_version(&own, own.version(number).ok_or_else(absent)?)
            }
            ManagedView::Aws(aws) if id == "v1" => policies::render_aws_version(aws),
            ManagedView::Aws(_) => return Err(absent()),
        };
        Ok(GetPolicyVersionResponse { policy_version: Some(version) })
    }
}
