//! `GetFunctionConcurrency`.

use api::{
    Call, Handle, Operation,
    lambda::{
        GetFunctionConcurrency, GetFunctionConcurrencyRequest, GetFunctionConcurrencyResponse,
    },
};
use model::names::Qualifier;
use wire::ApiError;

use crate::{Control, error::Refusal};

impl Handle<GetFunctionConcurrency> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetFunctionConcurrencyRequest,
    ) -> Result<GetFunctionConcurrencyResponse, ApiError> {
        Ok(self.get_concurrency(call, &input)?)
    }
}

// === impl Control: GetFunctionConcurrency ===

impl Control {
    fn get_concurrency(
        &self,
        call: &Call,
        input: &GetFunctionConcurrencyRequest,
    ) -> Result<GetFunctionConcurrencyResponse, Refusal> {
        let spec = GetFunctionConcurrency::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        let function = self.find(&arn.qualified(Qualifier::Latest))?;
        let reserved = function.reserved_concurrency;
        Ok(GetFunctionConcurrencyResponse {
            reserved_concurrent_executions: reserved.and_then(|n| n.try_into().ok()),
        })
    }
}
