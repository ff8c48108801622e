//! Operations on what becomes of asynchronous events.

mod config;
mod delete_function_event_invoke_config;
mod get_function_event_invoke_config;
mod list_function_event_invoke_configs;
mod put_function_event_invoke_config;
mod refusal;
mod update_function_event_invoke_config;

use api::Call;
use config::{Wanted, render};
use model::FunctionArn;
use refusal::EventInvokeRefusal;
use wire::OperationSpec;

use crate::{Control, error::Refusal};

impl Control {
    /// Finds what a configuration is wanted for, and checks whether it may have this one.
    fn event_invoke_target(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        (name, qualifier): (&str, Option<&str>),
        wanted: &Wanted,
    ) -> Result<FunctionArn, Refusal> {
        let arn = self.address(call, spec, name, qualifier)?;
        wanted.check_any()?;
        if self.qualified(&arn).is_none() {
            return Err(EventInvokeRefusal::NoFunction.into());
        }
        self.check_destinations(&arn, wanted)?;
        Ok(arn)
    }
}
