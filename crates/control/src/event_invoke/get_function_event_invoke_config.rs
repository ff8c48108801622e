//! `GetFunctionEventInvokeConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        FunctionEventInvokeConfig, GetFunctionEventInvokeConfig,
        GetFunctionEventInvokeConfigRequest,
    },
};
use wire::ApiError;

use super::{EventInvokeRefusal, render};
use crate::{Control, error::Refusal};

impl Handle<GetFunctionEventInvokeConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetFunctionEventInvokeConfigRequest,
    ) -> Result<FunctionEventInvokeConfig, ApiError> {
        Ok(self.get_event_invoke(call, &input)?)
    }
}

// === impl Control: GetFunctionEventInvokeConfig ===

impl Control {
    fn get_event_invoke(
        &self,
        call: &Call,
        input: &GetFunctionEventInvokeConfigRequest,
    ) -> Result<FunctionEventInvokeConfig, Refusal> {
        let spec = GetFunctionEventInvokeConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let config = self.qualified(&arn).and_then(|found| found.attached.event_invoke);
        let config = config.ok_or_else(|| EventInvokeRefusal::no_config(&arn))?;
        Ok(render(&arn, &config))
    }
}
