//! `ListProvisionedConcurrencyConfigs`.

use api::{
    Call, Handle, Operation,
    lambda::{
        ListProvisionedConcurrencyConfigs, ListProvisionedConcurrencyConfigsRequest,
        ListProvisionedConcurrencyConfigsResponse, ProvisionedConcurrencyConfigListItem,
    },
};
use model::names::Qualifier;
use wire::ApiError;

use crate::{Control, error::Refusal, paging};

impl Handle<ListProvisionedConcurrencyConfigs> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListProvisionedConcurrencyConfigsRequest,
    ) -> Result<ListProvisionedConcurrencyConfigsResponse, ApiError> {
        Ok(self.list_provisioned(call, &input)?)
    }
}

// === impl Control: ListProvisionedConcurrencyConfigs ===

impl Control {
    pub(super) fn list_provisioned(
        &self,
        call: &Call,
        input: &ListProvisionedConcurrencyConfigsRequest,
    ) -> Result<ListProvisionedConcurrencyConfigsResponse, Refusal> {
        let spec = ListProvisionedConcurrencyConfigs::SPEC;
        let arn = self.address(call, spec, &input.function_name, None)?.unqualified();
        let function = self.find(&arn)?;
        let after: Option<Qualifier> = paging::last_name(input.marker.as_deref())?;
        let all = self.all_attached(&function).into_iter();
        let left = all
            .filter(|(qualifier, _)| after.as_ref().is_none_or(|after| qualifier > after))
            .filter_map(|(qualifier, attached)| Some((qualifier, attached.provisioned?)));
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let (page, next_marker) = paging::page(left, size, |entry| entry.0.to_string());
        let configs = page.into_iter().map(|(qualifier, config)| {
            let shown = self.show(&function, Some(&qualifier), config);
            ProvisionedConcurrencyConfigListItem {
                function_arn: Some(arn.qualified(qualifier).to_string()),
                requested_provisioned_concurrent_executions: shown.requested,
                available_provisioned_concurrent_executions: shown.available,
                allocated_provisioned_concurrent_executions: shown.allocated,
                status: shown.status,
                status_reason: shown.reason,
                last_modified: shown.last_modified,
            }
        });
        Ok(ListProvisionedConcurrencyConfigsResponse {
            provisioned_concurrency_configs: Some(configs.collect()),
            next_marker,
        })
    }
}
