//! What the Runtime API says.

use std::{borrow::Cow, io::Write as _, sync::Arc};

use http::StatusCode;
use serde::Serialize;
use tokio::net::tcp::OwnedWriteHalf;

use super::wire::try_send;
use crate::environment::{Delivery, Refusal};

/// Room for the head of an event: it is somewhat more than what all of its values usually take.
const EVENT_HEAD_BYTES: usize = 512;

/// An answer to a call, but for events.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    content_type: Option<&'static str>,
    body: Cow<'static, [u8]>,
}

/// A guest's pending `next`, to be answered by whoever has an event.
#[derive(Debug)]
pub(crate) struct Waiter {
    to_guest: Arc<OwnedWriteHalf>,
    connection: tokio::sync::oneshot::Sender<Handed>,
}

/// An event that was handed to a waiting guest, as far as its socket took it at once.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(super) delivery: Arc<Delivery>,
    pub(super) sent: usize,
}

/// The body of every refusal; the order of its keys is part of the protocol.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    error_message: &'a str,
    error_type: &'a str,
}

// === impl Waiter ===

impl Waiter {
    /// Notes that a guest waits on this connection; what it is handed comes to the receiver.
    pub(crate) fn new(
        to_guest: Arc<OwnedWriteHalf>,
    ) -> (Self, tokio::sync::oneshot::Receiver<Handed>) {
        let (connection, handed) = tokio::sync::oneshot::channel();
        (Self { to_guest, connection }, handed)
    }

    /// Writes the event to the guest's socket, at once and from here: no other task has to run
    /// before the guest does. What the socket does not take, the connection's own task sends.
    pub(crate) fn hand_over(self, delivery: Arc<Delivery>) {
        if self.connection.is_closed() {
            return;
        }
        let head = event_head(&delivery);
        let payload = &delivery.invocation.payload;
        // An error shows itself to the connection's task as well.
        let sent = try_send(&self.to_guest, &head, payload, 0).unwrap_or(0);
        // Without that task the guest has hung up; it is given the event when it asks again.
        let _ = self.connection.send(Handed { delivery, sent });
    }
}

/// Writes the head of an event.
pub(super) fn event_head(delivery: &Delivery) -> Vec<u8> {
    let invocation = &delivery.invocation;
    let mut head = Vec::with_capacity(EVENT_HEAD_BYTES);
    let mut id = uuid::Uuid::encode_buffer();
    let id: &str = invocation.request_id.hyphenated().encode_lower(&mut id);
    head.extend_from_slice(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n");
    header(&mut head, "lambda-runtime-aws-request-id", id);
    header(&mut head, "lambda-runtime-invoked-function-arn", &invocation.invoked_arn);
    header(&mut head, "lambda-runtime-trace-id", invocation.trace.as_str());
    if let Some(context) = &invocation.client_context {
        header(&mut head, "lambda-runtime-client-context", context);
    }
    // Writing to a vector cannot fail.
    let _ = write!(
        head,
        "lambda-runtime-deadline-ms: {}\r\ncontent-length: {}\r\n\r\n",
        delivery.deadline.epoch_ms(),
        invocation.payload.len(),
    );
    head
}

/// Writes one header; the guest does without a value that no header can carry.
fn header(head: &mut Vec<u8>, name: &str, value: &str) {
    if value.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control()) {
        for part in [name, ": ", value, "\r\n"] {
            head.extend_from_slice(part.as_bytes());
        }
    }
}

// === impl Reply ===

impl Reply {
    /// Writes the whole answer.
    pub(super) fn bytes(&self, keep_alive: bool) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128 + self.body.len());
        let _ = write!(bytes, "HTTP/1.1 {}\r\n", self.status);
        if let Some(kind) = self.content_type {
            header(&mut bytes, "content-type", kind);
        }
        header(&mut bytes, "connection", if keep_alive { "keep-alive" } else { "close" });
        let _ = write!(bytes, "content-length: {}\r\n\r\n", self.body.len());
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Confirms what the guest posted.
pub(super) fn accepted() -> Reply {
    json(StatusCode::ACCEPTED, Cow::Borrowed(b"{\"status\":\"OK\"}\n"))
}

/// Answers the liveness call.
pub(super) fn pong() -> Reply {
    Reply { status: StatusCode::OK, content_type: None, body: Cow::Borrowed(b"pong") }
}

/// Answers without a body, as the router of AWS's agent does.
pub(super) fn empty(status: StatusCode) -> Reply {
    Reply { status, content_type: None, body: Cow::Borrowed(b"") }
}

/// Refuses a call.
pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let message = refusal.to_string();
    match refusal {
        Refusal::RequestId => error(StatusCode::BAD_REQUEST, &message, "InvalidRequestID"),
        Refusal::State(_) | Refusal::Stale => {
            error(StatusCode::FORBIDDEN, &message, "InvalidStateTransition")
        }
    }
}

/// Says that a posted body ended too early.
pub(super) fn truncated() -> Reply {
    error(StatusCode::BAD_REQUEST, "HTTP request detected as truncated", "TruncatedHTTPRequest")
}

/// Says that a posted body is too large.
pub(super) fn too_large(limit_bytes: u64) -> Reply {
    let message = format!("Exceeded maximum allowed payload size ({limit_bytes} bytes).");
    error(StatusCode::PAYLOAD_TOO_LARGE, &message, "RequestEntityTooLarge")
}

/// Says that the response mode is not one that there is.
pub(super) fn invalid_response_mode() -> Reply {
    error(StatusCode::BAD_REQUEST, "Invalid function response mode", "InvalidFunctionResponseMode")
}

fn error(status: StatusCode, message: &str, error_type: &str) -> Reply {
    let body = ErrorBody { error_message: message, error_type };
    // A struct of two strings always serialises.
    let mut text = serde_json::to_vec(&body).unwrap_or_default();
    text.push(b'\n');
    json(status, Cow::Owned(text))
}

fn json(status: StatusCode, body: Cow<'static, [u8]>) -> Reply {
    Reply { status, content_type: Some("application/json"), body }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{Timestamp, trace::TraceHeader};

    use super::*;
    use crate::environment::Invocation;

    #[test]
    fn a_refusal_has_the_agents_shape() {
        let bytes = refusal(&Refusal::RequestId).bytes(true);
        let expected = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\
             connection: keep-alive\r\ncontent-length: 69\r\n\r\n\
             {\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn an_event_says_what_it_is_and_nothing_that_would_be_another_header() {
        let invocation = Invocation {
            request_id: uuid::Uuid::nil(),
            payload: Bytes::from_static(b"[]"),
            invoked_arn: "arn".into(),
            trace: TraceHeader::from_caller_or_new(Some("Root=1"), Timestamp::default(), 0),
            client_context: Some("{\"a\":\r\n1}".into()),
            wants_log_tail: false,
        };
        let head = event_head(&Delivery { invocation, deadline: Timestamp::from_epoch_ms(7) });
        let expected = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
            lambda-runtime-aws-request-id: 00000000-0000-0000-0000-000000000000\r\n\
            lambda-runtime-invoked-function-arn: arn\r\nlambda-runtime-trace-id: Root=1\r\n\
            lambda-runtime-deadline-ms: 7\r\ncontent-length: 2\r\n\r\n";
        assert_eq!(String::from_utf8(head).unwrap(), expected);
    }
}
