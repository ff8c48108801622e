//! `ListPolicyVersions`.

use api::iam::{
    ListPolicyVersions, ListPolicyVersionsRequest, ListPolicyVersionsResponse, PolicyVersion,
};
use api::{Call, Handle};
use identity::ManagedView;
use wire::ApiError;

use crate::Iam;
use crate::page::page;
use crate::{names, policies};

impl Handle<ListPolicyVersions> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListPolicyVersionsRequest,
    ) -> Result<ListPolicyVersionsResponse, ApiError> {
        let all: Vec<PolicyVersion> = match names::managed(self, &input.policy_arn)? {
            ManagedView::Own(own) => own
                .versions
                .iter()
                .rev()
                .map(|version| policies::render_version(&own, version))
                .collect(),
            ManagedView::Aws(aws) => vec![policies::render_aws_version(aws)],
        };
        // The newest comes first, so the place is the key.
        let all = all
            .into_iter()
            .enumerate()
            .map(|(at, version)| (format!("{at:08}"), PolicyVersion { document: None, ..version }));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(ListPolicyVersionsResponse {
            versions: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
