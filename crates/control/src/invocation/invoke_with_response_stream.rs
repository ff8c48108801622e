//! `InvokeWithResponseStream`.

use api::{
    Call, Handle, Operation,
    lambda::{
        InvokeWithResponseStream, InvokeWithResponseStreamRequest, InvokeWithResponseStreamResponse,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use engine::{Answer, Piece, Response, Streaming};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use serde::Serialize;
use wire::{ApiError, Body, BoxError, event_stream};

use super::event::Event;
use crate::{Control, error::Refusal};

/// What AWS calls every error that ends an invocation before anything was streamed.
const UNHANDLED: &str = "Unhandled";

/// The last event of an answer.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InvokeComplete<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<std::borrow::Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_result: Option<String>,
}

impl Handle<InvokeWithResponseStream> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: InvokeWithResponseStreamRequest,
    ) -> Result<InvokeWithResponseStreamResponse, ApiError> {
        Ok(self.invoke_streaming(call, input).await?)
    }
}

// === impl Control: InvokeWithResponseStream ===

impl Control {
    async fn invoke_streaming(
        &self,
        call: &Call,
        input: InvokeWithResponseStreamRequest,
    ) -> Result<InvokeWithResponseStreamResponse, Refusal> {
        if input.tenant_id.is_some() {
            return Err(Refusal::NotOffered("TenantId"));
        }
        let event = Event {
            function_name: &input.function_name,
            qualifier: input.qualifier.as_deref(),
            client_context: input.client_context.as_deref(),
            log_type: input.log_type.as_deref(),
            limit_bytes: self.parts.limits.request_payload_bytes,
            payload: input.payload,
        };
        let invocation = self.invocation(call, InvokeWithResponseStream::SPEC, event)?;
        if input.invocation_type.as_deref() == Some("DryRun") {
            self.parts.engine.check(&invocation.target).await?;
            let status_code = Some(204);
            return Ok(InvokeWithResponseStreamResponse {
                status_code,
                ..InvokeWithResponseStreamResponse::default()
            });
        }
        let streaming = self.parts.engine.invoke_streaming(invocation).await?;
        Ok(InvokeWithResponseStreamResponse {
            status_code: None,
            executed_version: Some(streaming.executed_version.as_ref().to_owned()),
            event_stream: Body::pieces(messages(streaming)),
            response_stream_content_type: Some(event_stream::CONTENT_TYPE.to_owned()),
        })
    }
}

/// Makes a message of each piece of the answer.
fn messages(streaming: Streaming) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
    let response = streaming.response.map(|response| match response {
        Some(Response::Whole(answer)) => stream::iter(whole(&answer)).boxed(),
        Some(Response::Stream(answer)) => answer.pieces.map(message).boxed(),
        None => stream::iter([Err(cut())]).boxed(),
    });
    response.flatten_stream()
}

fn whole(answer: &Answer) -> Vec<Result<Bytes, BoxError>> {
    if answer.is_error {
        return vec![complete(answer, UNHANDLED)];
    }
    let payload = Some(&answer.payload).filter(|payload| !payload.is_empty());
    let chunk = payload.map(|payload| Ok(chunk(payload)));
    chunk.into_iter().chain([complete(answer, UNHANDLED)]).collect()
}

fn message(piece: Piece) -> Result<Bytes, BoxError> {
    match piece {
        Piece::Data(bytes) => Ok(chunk(&bytes)),
        Piece::End(answer) => {
            // Unverified: AWS documents the members, and not what they say of an error midway.
            complete(&answer, answer.error_type.as_deref().unwrap_or(UNHANDLED))
        }
        Piece::Cut => Err(cut()),
    }
}

fn chunk(bytes: &[u8]) -> Bytes {
    event_stream::event("PayloadChunk", "application/octet-stream", bytes)
}

fn complete(answer: &Answer, error_code: &str) -> Result<Bytes, BoxError> {
    let mut complete = InvokeComplete {
        log_result: answer.log_tail.as_ref().map(|tail| STANDARD.encode(tail)),
        ..InvokeComplete::default()
    };
    if answer.is_error {
        complete.error_code = Some(error_code);
        complete.error_details = Some(String::from_utf8_lossy(&answer.payload));
    }
    let complete = serde_json::to_vec(&complete)?;
    Ok(event_stream::event("InvokeComplete", "application/json", &complete))
}

/// Says why an answer breaks off, to the log alone.
fn cut() -> BoxError {
    "the environment ended during the answer".into()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use engine::{AnswerStream, InvokeError};
    use futures_util::future;
    use http_body_util::BodyExt;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn of(name: &str) -> InvokeWithResponseStreamRequest {
        InvokeWithResponseStreamRequest {
            function_name: name.to_owned(),
            ..InvokeWithResponseStreamRequest::default()
        }
    }

    fn result(payload: &'static str) -> Answer {
        Answer {
            payload: Bytes::from_static(payload.as_bytes()),
            is_error: false,
            error_type: None,
            log_tail: None,
        }
    }

    fn error(payload: &'static str, error_type: Option<&'static str>) -> Answer {
        let error_type = error_type.map(Cow::Borrowed);
        Answer { is_error: true, error_type, ..result(payload) }
    }

    fn of_pieces(pieces: Vec<Piece>) -> Response {
        let pieces = stream::iter(pieces).boxed();
        Response::Stream(AnswerStream { content_type: None, pieces })
    }

    /// Gives kinds and payloads of the messages, and whether the answer came to its end.
    async fn told(response: impl Into<Option<Response>>) -> (Vec<(String, String)>, bool) {
        let fixture = Fixture::new().await;
        let response = future::ready(response.into()).boxed();
        fixture.guest.will_stream(Streaming { executed_version: "3".into(), response });
        let answer = fixture.control.invoke_streaming(&call(), of("f")).await.unwrap();
        assert_eq!(answer.executed_version.as_deref(), Some("3"));
        let kind = answer.response_stream_content_type.as_deref();
        assert_eq!(kind, Some("application/vnd.amazon.eventstream"));
        let mut body = answer.event_stream;
        let mut told = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return (told, false) };
            let bytes = frame.into_data().unwrap();
            let kind = ["PayloadChunk", "InvokeComplete"]
                .into_iter()
                .find(|kind| bytes.windows(kind.len()).any(|part| part == kind.as_bytes()));
            let headers = usize::from(u16::from_be_bytes([bytes[6], bytes[7]]));
            let payload = &bytes[12 + headers..bytes.len() - 4];
            told.push((kind.unwrap().to_owned(), String::from_utf8(payload.to_vec()).unwrap()));
        }
        (told, true)
    }

    fn chunk_of(text: &str) -> (String, String) {
        ("PayloadChunk".into(), text.into())
    }

    fn complete_of(text: &str) -> (String, String) {
        ("InvokeComplete".into(), text.into())
    }

    #[tokio::test]
    async fn each_piece_is_an_event_and_so_is_the_end() {
        let piece = |text: &'static str| Piece::Data(Bytes::from_static(text.as_bytes()));
        let log_tail = Some(Bytes::from_static(b"END\n"));
        let end = Piece::End(Answer { log_tail, ..result("") });
        let (told, ended) = told(of_pieces(vec![piece("a"), piece("b"), end])).await;
        let complete = complete_of("{\"LogResult\":\"RU5ECg==\"}");
        assert_eq!(told, [chunk_of("a"), chunk_of("b"), complete]);
        assert!(ended);
    }

    #[tokio::test]
    async fn an_error_midway_is_told_at_the_end_with_its_own_type() {
        for (error_type, code) in
            [(Some("Sandbox.Timedout"), "Sandbox.Timedout"), (None, UNHANDLED)]
        {
            let end = Piece::End(error("{\"a\":1}", error_type));
            let (told, _) = told(of_pieces(vec![end])).await;
            let expected =
                format!("{{\"ErrorCode\":\"{code}\",\"ErrorDetails\":\"{{\\\"a\\\":1}}\"}}");
            assert_eq!(told, [complete_of(&expected)]);
        }
    }

    #[tokio::test]
    async fn what_is_not_streamed_is_one_chunk_or_none() {
        let whole = Response::Whole;
        let complete = complete_of("{}");
        assert_eq!(told(whole(result("[1]"))).await.0, [chunk_of("[1]"), complete.clone()]);
        assert_eq!(told(whole(result(""))).await.0, [complete]);
        let expected = complete_of("{\"ErrorCode\":\"Unhandled\",\"ErrorDetails\":\"{}\"}");
        assert_eq!(told(whole(error("{}", Some("Runtime.ExitError")))).await.0, [expected]);
    }

    #[tokio::test]
    async fn an_environment_that_is_ended_cuts_the_answer() {
        assert_eq!(told(None::<Response>).await, (Vec::new(), false));
        assert_eq!(told(of_pieces(vec![Piece::Cut])).await, (Vec::new(), false));
    }

    #[tokio::test]
    async fn a_dry_run_only_checks_and_refusals_are_those_of_invoke() {
        let fixture = Fixture::new().await;
        let dry = || InvokeWithResponseStreamRequest {
            invocation_type: Some("DryRun".into()),
            ..of("f")
        };
        let answer = fixture.control.invoke_streaming(&call(), dry()).await.unwrap();
        assert_eq!((answer.status_code, answer.executed_version), (Some(204), None));
        let reason = engine::ThrottleReason::ConcurrentInvocationLimitExceeded;
        fixture.guest.refuses(InvokeError::Throttled(reason));
        assert_eq!(text(fixture.control.invoke_streaming(&call(), dry()).await), "Rate Exceeded.");
        let bad = InvokeWithResponseStreamRequest { payload: "{".into(), ..of("f") };
        let refused = text(fixture.control.invoke_streaming(&call(), bad).await);
        assert!(refused.starts_with("Could not parse request body into json: "), "{refused}");
        let tenant = InvokeWithResponseStreamRequest { tenant_id: Some("t".into()), ..of("f") };
        let refused = text(fixture.control.invoke_streaming(&call(), tenant).await);
        assert_eq!(refused, "TenantId is not offered by Lambkin yet");
        assert!(fixture.guest.was_not_invoked());
    }
}
