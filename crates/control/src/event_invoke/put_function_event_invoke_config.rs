//! `PutFunctionEventInvokeConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        FunctionEventInvokeConfig, PutFunctionEventInvokeConfig,
        PutFunctionEventInvokeConfigRequest,
    },
};
use model::function::EventInvoke;
use wire::ApiError;

use super::{EventInvokeRefusal, Wanted, render};
use crate::{Control, control::arrival, error::Refusal, qualified::not_attached};

impl Handle<PutFunctionEventInvokeConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PutFunctionEventInvokeConfigRequest,
    ) -> Result<FunctionEventInvokeConfig, ApiError> {
        Ok(self.put_event_invoke(call, input).await?)
    }
}

// === impl Control: PutFunctionEventInvokeConfig ===

impl Control {
    /// Replaces the configuration as a whole.
    async fn put_event_invoke(
        &self,
        call: &Call,
        input: PutFunctionEventInvokeConfigRequest,
    ) -> Result<FunctionEventInvokeConfig, Refusal> {
        let spec = PutFunctionEventInvokeConfig::SPEC;
        let (attempts, age) = (input.maximum_retry_attempts, input.maximum_event_age_in_seconds);
        let wanted = Wanted::new(attempts, age, input.destination_config);
        let target = (input.function_name.as_str(), input.qualifier.as_deref());
        let arn = self.event_invoke_target(call, spec, target, &wanted)?;
        let mut config = EventInvoke::default();
        wanted.apply(&mut config, arrival(call));
        let changed = self.change_attached(&arn, |attached, _| {
            attached.event_invoke = Some(config.clone());
            Ok(())
        });
        let missing = || EventInvokeRefusal::NoFunction.into();
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(render(&arn, &config))
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{DestinationConfig, OnFailure, OnSuccess};

    use super::*;
    use crate::fixture::{Fixture, call, text};

    const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    fn put(
        on_success: Option<&str>,
        on_failure: Option<&str>,
    ) -> PutFunctionEventInvokeConfigRequest {
        PutFunctionEventInvokeConfigRequest {
            function_name: "f".to_owned(),
            destination_config: Some(DestinationConfig {
                on_success: on_success.map(|arn| OnSuccess { destination: Some(arn.into()) }),
                on_failure: on_failure.map(|arn| OnFailure { destination: Some(arn.into()) }),
            }),
            ..PutFunctionEventInvokeConfigRequest::default()
        }
    }

    #[tokio::test]
    async fn what_was_there_is_replaced() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let queue = "arn:aws:sqs:us-east-1:000000000000:q";
        fixture.control.put_event_invoke(&call(), put(Some(queue), None)).await.unwrap();
        let input = PutFunctionEventInvokeConfigRequest {
            maximum_retry_attempts: Some(0),
            destination_config: None,
            ..put(None, None)
        };
        let answer = fixture.control.put_event_invoke(&call(), input).await.unwrap();
        assert_eq!(answer.function_arn, Some(format!("{F}:$LATEST")));
        assert_eq!(answer.maximum_retry_attempts, Some(0));
        assert_eq!(answer.maximum_event_age_in_seconds, None);
        let empty = DestinationConfig {
            on_success: Some(OnSuccess::default()),
            on_failure: Some(OnFailure::default()),
        };
        assert_eq!(answer.destination_config, Some(empty));
    }

    #[tokio::test]
    async fn destinations_have_to_exist_and_to_be_served() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let dynamo = "arn:aws:dynamodb:us-east-1:000000000000:table/t";
        let missing = "arn:aws:lambda:us-east-1:000000000000:function:g";
        let bucket = "arn:aws:s3:::b";
        let cases = [
            (
                put(Some(F), None),
                "You can't specify the function as a destination for itself.".into(),
            ),
            (put(None, Some(missing)), format!("The destination ARN {missing} is invalid.")),
            (
                put(Some(dynamo), None),
                format!(
                    "The provided destination config DestinationConfig(onSuccess=OnSuccess(\
                     destination={dynamo}), onFailure=null) is invalid."
                ),
            ),
            (
                put(Some(bucket), None),
                format!(
                    "The provided destination config DestinationConfig(onSuccess=OnSuccess(\
                     destination={bucket}), onFailure=null) is invalid."
                ),
            ),
            (
                PutFunctionEventInvokeConfigRequest { destination_config: None, ..put(None, None) },
                "You must specify at least one of error handling or destination setting.".into(),
            ),
            (
                PutFunctionEventInvokeConfigRequest {
                    qualifier: Some("7".into()),
                    ..put(None, Some(bucket))
                },
                "The function doesn't exist.".into(),
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(text(fixture.control.put_event_invoke(&call(), input).await), expected);
        }
        fixture.control.put_event_invoke(&call(), put(None, Some(bucket))).await.unwrap();
    }
}
