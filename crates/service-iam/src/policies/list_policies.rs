//! `ListPolicies`: AWS's own and those of this account.

use api::iam::{ListPolicies, ListPoliciesRequest, ListPoliciesResponse, Policy};
use api::{Call, Handle};
use identity::{AWS_MANAGED, ManagedView};
use wire::ApiError;

use crate::Iam;
use crate::page::page;
use crate::policies;

impl Handle<ListPolicies> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListPoliciesRequest,
    ) -> Result<ListPoliciesResponse, ApiError> {
        let scope = input.scope.as_deref().unwrap_or("All");
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let counts = self.directory.attachments();
        let own = self.directory.policies().range("", None, usize::MAX);
        let own = own.into_iter().map(|row| ManagedView::Own(row.value));
        let own = own.filter(|_| scope != "AWS");
        let aws = AWS_MANAGED.iter().map(ManagedView::Aws).filter(|_| scope != "Local");
        let all = own.chain(aws).filter_map(|view| {
            let policy = policies::render(self, &view, (0, 0));
            let arn = policy.arn.clone()?;
            let (attached, boundaries) = counts.get(&arn).copied().unwrap_or_default();
            let used = match input.policy_usage_filter.as_deref() {
                Some("PermissionsBoundary") => boundaries > 0,
                _ => !input.only_attached.unwrap_or_default() || attached > 0,
            };
            let wanted = used && policy.path.as_ref().is_some_and(|path| path.starts_with(prefix));
            let policy = Policy {
                description: None,
                ..policies::render(self, &view, (attached, boundaries))
            };
            wanted.then_some((arn, policy))
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(ListPoliciesResponse {
            policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
