//! `CreatePolicyVersion`.

use api::iam::{
    CreatePolicyVersion, CreatePolicyVersionRequest, CreatePolicyVersionResponse, errors,
};
use api::{Call, Handle};
use identity::PolicyVersion;
use wire::ApiError;

use crate::Iam;
use crate::policies::VERSIONS_MAX;
use crate::{names, policies};

impl Handle<CreatePolicyVersion> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: CreatePolicyVersionRequest,
    ) -> Result<CreatePolicyVersionResponse, ApiError> {
        policies::check(&input.policy_document)?;
        let now_ms = call.timestamp().epoch_ms();
        let set_as_default = input.set_as_default.unwrap_or_default();
        self.change_policy(&input.policy_arn, |policy| {
            if policy.versions.len() >= VERSIONS_MAX {
                return Err(errors::limit_exceeded(format!(
                    "A managed policy can have up to {VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version."
                )));
            }
            policy.last_version += 1;
            policy.updated_ms = now_ms;
            policy.versions.push(PolicyVersion {
                number: policy.last_version,
                document: input.policy_document.clone(),
                created_ms: now_ms,
            });
            if set_as_default {
                policy.default_version = policy.last_version;
            }
            Ok(())
        })
        .await?;
        let own = names::own_policy(self, &input.policy_arn)?;
        let newest = own.versions.last().map(|version| {
            let rendered = policies::render_version(&own, version);
            api::iam::PolicyVersion { document: None, ..rendered }
        });
        Ok(CreatePolicyVersionResponse { policy_version: newest })
    }
}
