//! `UpdateFunctionEventInvokeConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        FunctionEventInvokeConfig, UpdateFunctionEventInvokeConfig,
        UpdateFunctionEventInvokeConfigRequest,
    },
};
use wire::ApiError;

use super::{EventInvokeRefusal, Wanted, render};
use crate::{Control, control::arrival, error::Refusal, qualified::not_attached};

impl Handle<UpdateFunctionEventInvokeConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateFunctionEventInvokeConfigRequest,
    ) -> Result<FunctionEventInvokeConfig, ApiError> {
        Ok(self.update_event_invoke(call, input).await?)
    }
}

// === impl Control: UpdateFunctionEventInvokeConfig ===

impl Control {
    /// Changes what is named, of a configuration that exists.
    async fn update_event_invoke(
        &self,
        call: &Call,
        input: UpdateFunctionEventInvokeConfigRequest,
    ) -> Result<FunctionEventInvokeConfig, Refusal> {
        let spec = UpdateFunctionEventInvokeConfig::SPEC;
        let (attempts, age) = (input.maximum_retry_attempts, input.maximum_event_age_in_seconds);
        let wanted = Wanted::new(attempts, age, input.destination_config);
        let target = (input.function_name.as_str(), input.qualifier.as_deref());
        let arn = self.event_invoke_target(call, spec, target, &wanted)?;
        let changed = self.change_attached(&arn, |attached, _| {
            let config = attached.event_invoke.as_mut();
            let config = config.ok_or_else(|| EventInvokeRefusal::no_config(&arn))?;
            wanted.apply(config, arrival(call));
            Ok(())
        });
        let missing = || EventInvokeRefusal::NoFunction.into();
        let changed = changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(render(&arn, &changed.attached.event_invoke.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{PutFunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest};

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn update(age: i32) -> UpdateFunctionEventInvokeConfigRequest {
        UpdateFunctionEventInvokeConfigRequest {
            function_name: "f".to_owned(),
            maximum_event_age_in_seconds: Some(age),
            ..UpdateFunctionEventInvokeConfigRequest::default()
        }
    }

    #[tokio::test]
    async fn only_what_is_named_changes_of_what_is_there() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let none = text(fixture.control.update_event_invoke(&call(), update(60)).await);
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST";
        assert_eq!(none, format!("The function {arn} doesn't have an EventInvokeConfig"));
        let put = PutFunctionEventInvokeConfigRequest {
            function_name: "f".to_owned(),
            maximum_retry_attempts: Some(1),
            ..PutFunctionEventInvokeConfigRequest::default()
        };
        Handle::<PutFunctionEventInvokeConfig>::handle(&fixture.control, &call(), put)
            .await
            .unwrap();
        let answer = fixture.control.update_event_invoke(&call(), update(60)).await.unwrap();
        assert_eq!(answer.maximum_retry_attempts, Some(1));
        assert_eq!(answer.maximum_event_age_in_seconds, Some(60));
    }
}
