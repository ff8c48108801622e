//! `Invoke`.

use api::{
    Call, Handle, Operation,
    lambda::{InvocationRequest, InvocationResponse, Invoke},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use engine::{Invocation, InvokeError, Invoked};
use model::function::FunctionState;
use wire::ApiError;

use super::event::Event;
use crate::{Control, error::Refusal};

impl Handle<Invoke> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: InvocationRequest,
    ) -> Result<InvocationResponse, ApiError> {
        Ok(self.invoke(call, input).await?)
    }
}

// === impl Control: Invoke ===

impl Control {
    async fn invoke(
        &self,
        call: &Call,
        input: InvocationRequest,
    ) -> Result<InvocationResponse, Refusal> {
        check_offered(&input)?;
        let kind = input.invocation_type.as_deref();
        let event = Event {
            function_name: &input.function_name,
            qualifier: input.qualifier.as_deref(),
            client_context: input.client_context.as_deref(),
            log_type: input.log_type.as_deref(),
            limit_bytes: match kind {
                Some("Event") => self.parts.limits.event_payload_bytes,
                _ => self.parts.limits.request_payload_bytes,
            },
            payload: input.payload,
        };
        let invocation = self.invocation(call, Invoke::SPEC, event)?;
        if kind == Some("DryRun") {
            self.parts.engine.check(&invocation.target).await?;
            return Ok(only_status(204));
        }
        if kind == Some("Event") {
            self.accept(invocation).await?;
            return Ok(only_status(202));
        }
        Ok(render(self.parts.engine.invoke(invocation).await?))
    }

    /// Takes an asynchronous event in: what can be known to be wrong is told now, and not later.
    pub(super) async fn accept(&self, invocation: Invocation) -> Result<(), Refusal> {
        match self.parts.engine.check(&invocation.target).await {
            // The event waits in the queue, whose attempts make the function ready; none is spent on that.
            Ok(())
            | Err(InvokeError::NotReady {
                state: FunctionState::Inactive(_) | FunctionState::Restoring,
                ..
            }) => {}
            Err(error) => return Err(error.into()),
        }
        self.parts.events.accept(invocation).await.map_err(Refusal::internal)
    }
}

fn check_offered(input: &InvocationRequest) -> Result<(), Refusal> {
    if input.tenant_id.is_some() {
        return Err(Refusal::NotOffered("TenantId"));
    }
    if input.durable_execution_name.is_some() {
        return Err(Refusal::NotOffered("DurableExecutionName"));
    }
    Ok(())
}

fn only_status(status: i32) -> InvocationResponse {
    InvocationResponse { status_code: Some(status), ..InvocationResponse::default() }
}

fn render(invoked: Invoked) -> InvocationResponse {
    InvocationResponse {
        status_code: None,
        // AWS says so of every error, those that a handler returned included.
        function_error: invoked.is_error.then(|| "Unhandled".to_owned()),
        log_result: invoked.log_tail.map(|tail| STANDARD.encode(tail)),
        payload: invoked.payload,
        executed_version: Some(invoked.executed_version.as_ref().to_owned()),
        durable_execution_arn: None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use engine::ThrottleReason;
    use model::{FunctionArn, function::Trouble, names::Qualifier};
    use uuid::Uuid;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn of(name: &str, payload: &'static str) -> InvocationRequest {
        InvocationRequest {
            function_name: name.to_owned(),
            payload: Bytes::from_static(payload.as_bytes()),
            ..InvocationRequest::default()
        }
    }

    fn answer(payload: &'static str, is_error: bool) -> Invoked {
        Invoked {
            payload: Bytes::from_static(payload.as_bytes()),
            is_error,
            executed_version: "3".into(),
            log_tail: Some(Bytes::from_static(b"START\n")),
        }
    }

    #[tokio::test]
    async fn the_event_reaches_the_function_and_its_answer_the_caller() {
        let fixture = Fixture::new().await;
        fixture.guest.will(Ok(answer("{\"ok\":true}", false)));
        let input = InvocationRequest {
            qualifier: Some("3".into()),
            log_type: Some("Tail".into()),
            client_context: Some(STANDARD.encode("{\"a\":1}")),
            ..of("f", "[1]")
        };
        let answer = fixture.control.invoke(&call(), input).await.unwrap();
        assert_eq!(answer.payload, "{\"ok\":true}");
        assert_eq!(answer.function_error, None);
        assert_eq!(answer.executed_version.as_deref(), Some("3"));
        assert_eq!(answer.log_result, Some(STANDARD.encode("START\n")));
        let invocation = fixture.guest.invoked();
        assert_eq!(invocation.request_id, Uuid::from(call().request_id));
        assert_eq!(invocation.target.qualifier, "3".parse::<Qualifier>().ok());
        assert_eq!(invocation.payload, "[1]");
        assert_eq!(invocation.client_context.as_deref(), Some("{\"a\":1}"));
        assert_eq!(invocation.trace.as_str(), call().trace_header.unwrap().as_ref());
        assert!(invocation.wants_log_tail);
    }

    #[tokio::test]
    async fn a_function_error_is_a_success_with_a_header() {
        let fixture = Fixture::new().await;
        fixture.guest.will(Ok(answer("{\"errorType\":\"E\"}", true)));
        let answer = fixture.control.invoke(&call(), of("f", "")).await.unwrap();
        assert_eq!(answer.status_code, None);
        assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
        assert_eq!(fixture.guest.invoked().payload, "{}");
    }

    #[tokio::test]
    async fn a_dry_run_only_checks() {
        let fixture = Fixture::new().await;
        let dry = || InvocationRequest { invocation_type: Some("DryRun".into()), ..of("f", "") };
        let answer = fixture.control.invoke(&call(), dry()).await.unwrap();
        assert_eq!(answer.status_code, Some(204));
        fixture
            .guest
            .refuses(InvokeError::NotReady { state: FunctionState::Pending, number: None });
        let refused = text(fixture.control.invoke(&call(), dry()).await);
        let expected = "The operation cannot be performed at this time. The function is currently \
                        in the following state: Pending";
        assert_eq!(refused, expected);
        assert!(fixture.guest.was_not_invoked());
    }

    #[tokio::test]
    async fn an_event_is_queued_and_not_run() {
        let fixture = Fixture::new().await;
        let event =
            || InvocationRequest { invocation_type: Some("Event".into()), ..of("f", "[1]") };
        let answer = fixture.control.invoke(&call(), event()).await.unwrap();
        assert_eq!((answer.status_code, answer.executed_version), (Some(202), None));
        let queue = "events/us-east-1/f".parse().unwrap();
        assert_eq!(fixture.queue.depth(&queue).await.unwrap().ready, 1);
        assert!(fixture.guest.was_not_invoked());
        fixture
            .guest
            .refuses(InvokeError::NotReady { state: FunctionState::Pending, number: None });
        let other = Call { request_id: Uuid::from_u128(8).into(), ..call() };
        let refused = text(fixture.control.invoke(&other, event()).await);
        assert!(refused.ends_with("in the following state: Pending"), "{refused}");
        assert_eq!(fixture.queue.depth(&queue).await.unwrap().ready, 1);
        for state in [FunctionState::Inactive(Trouble::idle()), FunctionState::Restoring] {
            fixture.guest.refuses(InvokeError::NotReady { state, number: None });
            let other = Call { request_id: Uuid::new_v4().into(), ..call() };
            fixture.control.invoke(&other, event()).await.unwrap();
        }
        assert_eq!(fixture.queue.depth(&queue).await.unwrap().ready, 3);
    }

    #[tokio::test]
    async fn an_event_has_a_limit_of_its_own() {
        let limits = model::Limits { event_payload_bytes: 3, ..model::Limits::default() };
        let fixture = Fixture::with_limits(limits).await;
        let event = InvocationRequest { invocation_type: Some("Event".into()), ..of("f", "[1,2]") };
        let refused = text(fixture.control.invoke(&call(), event).await);
        assert_eq!(
            refused,
            "Request must be smaller than 3 bytes for the InvokeFunction operation"
        );
    }

    #[tokio::test]
    async fn bad_calls_do_not_reach_the_function() {
        let fixture = Fixture::new().await;
        let bad_context = InvocationRequest { client_context: Some("%".into()), ..of("f", "") };
        for (input, expected) in [
            (bad_context, "Client context must be a valid Base64-encoded JSON object."),
            (of("f", "{"), "Could not parse request body into json: "),
        ] {
            let refused = text(fixture.control.invoke(&call(), input).await);
            assert!(refused.starts_with(expected), "{refused}");
        }
        assert!(fixture.guest.was_not_invoked());
    }

    #[tokio::test]
    async fn why_a_function_did_not_run_is_told_in_awss_words() {
        let fixture = Fixture::new().await;
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let missing = FunctionArn {
            region: "us-east-1".parse().unwrap(),
            account: "000000000000".parse().unwrap(),
            name: "f".parse().unwrap(),
            qualifier: None,
        };
        for (error, code, status, message) in [
            (
                InvokeError::NotFound(missing),
                "ResourceNotFoundException",
                404,
                format!("Function not found: {arn}:$LATEST"),
            ),
            (
                InvokeError::Throttled(ThrottleReason::ConcurrentInvocationLimitExceeded),
                "TooManyRequestsException",
                429,
                "Rate Exceeded.".into(),
            ),
            (
                InvokeError::Environment("secret path".into()),
                "ServiceException",
                500,
                "Lambda encountered an internal error.".into(),
            ),
        ] {
            fixture.guest.will(Err(error));
            let refusal = fixture.control.invoke(&call(), of("f", "")).await.unwrap_err();
            let error = ApiError::from(refusal);
            assert_eq!((error.code(), error.status().as_u16()), (code, status));
            assert_eq!(error.message(), Some(message.as_str()));
        }
    }
}
