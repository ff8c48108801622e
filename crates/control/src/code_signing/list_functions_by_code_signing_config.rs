//! `ListFunctionsByCodeSigningConfig`.

use api::{
    Call, Handle,
    lambda::{
        ListFunctionsByCodeSigningConfig, ListFunctionsByCodeSigningConfigRequest,
        ListFunctionsByCodeSigningConfigResponse,
    },
};
use wire::ApiError;

use crate::{Control, error::Refusal, paging};

impl Handle<ListFunctionsByCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListFunctionsByCodeSigningConfigRequest,
    ) -> Result<ListFunctionsByCodeSigningConfigResponse, ApiError> {
        Ok(self.list_signed_functions(call, &input)?)
    }
}

// === impl Control: ListFunctionsByCodeSigningConfig ===

impl Control {
    fn list_signed_functions(
        &self,
        call: &Call,
        input: &ListFunctionsByCodeSigningConfigRequest,
    ) -> Result<ListFunctionsByCodeSigningConfigResponse, Refusal> {
        let arn = self.signing_arn(call, &input.code_signing_config_arn)?;
        self.signing_config(&arn)?;
        let after = paging::after(input.marker.as_deref())?;
        let names = self.signed_functions(&arn).into_iter();
        let left = names.filter(|name| after.as_ref().is_none_or(|after| name > after));
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let (page, next_marker) = paging::page(left, size, Clone::clone);
        let (region, account) = (&arn.region, &self.parts.account);
        let arns = page
            .into_iter()
            .map(|name| format!("arn:aws:lambda:{region}:{account}:function:{name}"))
            .collect();
        Ok(ListFunctionsByCodeSigningConfigResponse { next_marker, function_arns: Some(arns) })
    }
}
