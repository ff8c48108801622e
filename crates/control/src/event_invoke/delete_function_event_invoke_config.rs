//! `DeleteFunctionEventInvokeConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteFunctionEventInvokeConfig, DeleteFunctionEventInvokeConfigRequest},
};
use wire::ApiError;

use super::EventInvokeRefusal;
use crate::{Control, error::Refusal, qualified::not_attached};

impl Handle<DeleteFunctionEventInvokeConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteFunctionEventInvokeConfigRequest,
    ) -> Result<(), ApiError> {
        Ok(self.delete_event_invoke(call, &input).await?)
    }
}

// === impl Control: DeleteFunctionEventInvokeConfig ===

impl Control {
    async fn delete_event_invoke(
        &self,
        call: &Call,
        input: &DeleteFunctionEventInvokeConfigRequest,
    ) -> Result<(), Refusal> {
        let spec = DeleteFunctionEventInvokeConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let missing = || EventInvokeRefusal::no_config(&arn);
        let changed = self.change_attached(&arn, |attached, _| {
            attached.event_invoke.take().map(|_| ()).ok_or_else(missing)
        });
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(())
    }
}
