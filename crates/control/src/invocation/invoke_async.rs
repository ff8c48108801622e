//! `InvokeAsync`, which AWS has deprecated for `Invoke` with the type `Event`.

use api::{
    Call, Handle, Operation,
    lambda::{InvokeAsync, InvokeAsyncRequest, InvokeAsyncResponse},
};
use wire::ApiError;

use super::event::Event;
use crate::{Control, error::Refusal};

impl Handle<InvokeAsync> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: InvokeAsyncRequest,
    ) -> Result<InvokeAsyncResponse, ApiError> {
        Ok(self.invoke_async(call, input).await?)
    }
}

// === impl Control: InvokeAsync ===

impl Control {
    async fn invoke_async(
        &self,
        call: &Call,
        input: InvokeAsyncRequest,
    ) -> Result<InvokeAsyncResponse, Refusal> {
        let event = Event {
            function_name: &input.function_name,
            qualifier: None,
            client_context: None,
            log_type: None,
            limit_bytes: self.parts.limits.event_payload_bytes,
            payload: input.invoke_args,
        };
        self.accept(self.invocation(call, InvokeAsync::SPEC, event)?).await?;
        Ok(InvokeAsyncResponse { status: Some(202) })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    #[tokio::test]
    async fn arguments_are_queued_and_must_be_json() {
        let fixture = Fixture::new().await;
        let of = |args: &'static str| InvokeAsyncRequest {
            function_name: "f".into(),
            invoke_args: Bytes::from_static(args.as_bytes()),
        };
        assert_eq!(
            fixture.control.invoke_async(&call(), of("{}")).await.unwrap().status,
            Some(202)
        );
        let queue = "events/us-east-1/f".parse().unwrap();
        assert_eq!(fixture.queue.depth(&queue).await.unwrap().ready, 1);
        let refused = text(fixture.control.invoke_async(&call(), of("{")).await);
        assert!(refused.starts_with("Could not parse request body into json"), "{refused}");
        assert!(fixture.guest.was_not_invoked());
    }
}
