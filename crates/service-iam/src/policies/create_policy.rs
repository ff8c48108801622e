//! `CreatePolicy`.

use api::iam::{CreatePolicy, CreatePolicyRequest, CreatePolicyResponse};
use api::{Call, Handle};
use identity::{IdKind, ManagedPolicy, ManagedView, PolicyVersion, unique_id};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Expect;
use wire::ApiError;

use crate::Iam;
use crate::error::created;
use crate::{grants, names, policies};

impl Handle<CreatePolicy> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: CreatePolicyRequest,
    ) -> Result<CreatePolicyResponse, ApiError> {
        policies::check(&input.policy_document)?;
        let now_ms = call.timestamp().epoch_ms();
        let mut tags = BTreeMap::new();
        grants::tag(&mut tags, input.tags.as_deref().unwrap_or_default())?;
        let first =
            PolicyVersion { number: 1, document: input.policy_document, created_ms: now_ms };
        let policy = ManagedPolicy {
            name: input.policy_name.clone(),
            path: names::path(input.path.as_ref()),
            id: unique_id(IdKind::Policy, self.ids.as_ref()),
            description: input.description,
            created_ms: now_ms,
            updated_ms: now_ms,
            versions: vec![first],
            default_version: 1,
            last_version: 1,
            tags,
        };
        let key = names::key(&policy.name);
        let put = self.directory.policies().put(&key, &policy, Expect::Absent).await;
        created(put, "Policy", &policy.name)?;
        let view = ManagedView::Own(Arc::new(policy));
        Ok(CreatePolicyResponse { policy: Some(policies::render(self, &view, (0, 0))) })
    }
}
