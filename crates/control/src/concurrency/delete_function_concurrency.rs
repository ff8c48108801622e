//! `DeleteFunctionConcurrency`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteFunctionConcurrency, DeleteFunctionConcurrencyRequest},
};
use model::names::Qualifier;
use wire::ApiError;

use crate::{
    Control,
    error::{Refusal, not_changed},
};

impl Handle<DeleteFunctionConcurrency> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteFunctionConcurrencyRequest,
    ) -> Result<(), ApiError> {
        Ok(self.delete_concurrency(call, &input).await?)
    }
}

// === impl Control: DeleteFunctionConcurrency ===

impl Control {
    async fn delete_concurrency(
        &self,
        call: &Call,
        input: &DeleteFunctionConcurrencyRequest,
    ) -> Result<(), Refusal> {
        let spec = DeleteFunctionConcurrency::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        self.find(&arn.qualified(Qualifier::Latest))?;
        let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
            function.reserved_concurrency = None;
            Ok::<_, Refusal>(())
        });
        changed.await.map_err(|error| not_changed(error, &arn))?;
        self.parts.concurrency.changed();
        Ok(())
    }
}
