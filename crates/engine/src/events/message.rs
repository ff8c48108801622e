//! An event as it waits on disk: a head as JSON, a line break, and the payload as it came.

use bytes::{Bytes, BytesMut};
use model::{
    Timestamp,
    invocation::RequestId,
    names::{FunctionName, Region},
    trace::TraceHeader,
};
use serde::{Deserialize, Serialize};
use store::MessageId;

use crate::{Invocation, Target};

/// An event on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    head: Head,
    payload: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    region: Region,
    name: FunctionName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qualifier: Option<String>,
    request_id: RequestId,
    trace: TraceHeader,
    accepted: Timestamp,
    /// How often the function has ended with an error.
    #[serde(default)]
    function_errors: u32,
}

/// Says that bytes are no event.
#[derive(Debug, thiserror::Error)]
pub(super) enum DecodeError {
    #[error("there is no end of the head")]
    Unended,
    #[error("the head is not understood")]
    Head(#[from] serde_json::Error),
    #[error("the qualifier {0:?} is none")]
    Qualifier(String),
}

// === impl Event ===

impl Event {
    /// Makes an event of what a caller sent. Functions get no client context with asynchronous
    /// events (API Reference, `Invoke`, `ClientContext`).
    pub(super) fn new(invocation: Invocation, accepted_ms: i64) -> Self {
        let target = invocation.target;
        let head = Head {
            region: target.region,
            name: target.name,
            qualifier: target.qualifier.map(|qualifier| qualifier.to_string()),
            request_id: invocation.request_id,
            trace: invocation.trace,
            accepted: Timestamp::from_epoch_ms(accepted_ms),
            function_errors: 0,
        };
        Self { head, payload: invocation.payload }
    }

    pub(super) fn region(&self) -> &Region {
        &self.head.region
    }

    pub(super) fn name(&self) -> &FunctionName {
        &self.head.name
    }

    pub(super) fn request_id(&self) -> RequestId {
        self.head.request_id
    }

    pub(super) fn accepted(&self) -> Timestamp {
        self.head.accepted
    }

    pub(super) fn function_errors(&self) -> u32 {
        self.head.function_errors
    }

    /// Makes the event that is tried again after one more error.
    pub(super) fn after_an_error(&self) -> Self {
        let mut next = self.clone();
        next.head.function_errors += 1;
        next
    }

    /// Gives the id of the message: the same request waits at most once for the same attempt.
    pub(super) fn id(&self) -> MessageId {
        let id = format!("{}.{}", self.head.request_id, self.head.function_errors);
        id.parse().expect("ids and numbers are visible ASCII and short")
    }

    /// Makes what the function is invoked with.
    pub(super) fn invocation(&self) -> Result<Invocation, DecodeError> {
        let qualifier = self
            .head
            .qualifier
            .as_ref()
            .map(|text| text.parse().map_err(|_| DecodeError::Qualifier(text.clone())));
        Ok(Invocation {
            request_id: self.head.request_id,
            target: Target {
                region: self.head.region.clone(),
                name: self.head.name.clone(),
                qualifier: qualifier.transpose()?,
            },
            payload: self.payload.clone(),
            client_context: None,
            trace: self.head.trace.clone(),
            wants_log_tail: false,
        })
    }

    pub(super) fn encode(&self) -> Bytes {
        let head = serde_json::to_vec(&self.head).expect("a head has no maps and no errors");
        let mut bytes = BytesMut::with_capacity(head.len() + 1 + self.payload.len());
        bytes.extend_from_slice(&head);
        // JSON that is not indented has no line breaks.
        bytes.extend_from_slice(b"\n");
        bytes.extend_from_slice(&self.payload);
        bytes.freeze()
    }

    pub(super) fn decode(bytes: &Bytes) -> Result<Self, DecodeError> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(DecodeError::Unended)?;
        Ok(Self { head: serde_json::from_slice(&bytes[..end])?, payload: bytes.slice(end + 1..) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn event(payload: &[u8], qualifier: Option<&str>) -> Event {
        let invocation = Invocation {
            request_id: Uuid::from_u128(7),
            target: Target {
                region: "us-east-1".parse().unwrap(),
                name: "f".parse().unwrap(),
                qualifier: qualifier.map(|text| text.parse().unwrap()),
            },
            payload: Bytes::copy_from_slice(payload),
            client_context: Some("{}".into()),
            trace: TraceHeader::from_caller_or_new(None, Timestamp::default(), 1),
            wants_log_tail: true,
        };
        Event::new(invocation, 5)
    }

    #[test]
    fn an_event_that_failed_waits_under_another_id_with_the_same_request_id() {
        let first = event(b"{}", Some("live"));
        let second = first.after_an_error();
        assert_eq!((first.function_errors(), second.function_errors()), (0, 1));
        assert_eq!(first.request_id(), second.request_id());
        assert_eq!(first.accepted(), second.accepted());
        assert_ne!(first.id(), second.id());
    }

    #[test]
    fn a_function_is_invoked_with_what_was_sent_but_the_client_context() {
        let invocation = event(b"[1]", Some("live")).invocation().unwrap();
        assert_eq!(invocation.target.qualifier, "live".parse().ok());
        assert_eq!(invocation.payload, "[1]");
        assert_eq!(invocation.client_context, None);
        assert!(!invocation.wants_log_tail);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(payload: Vec<u8>, latest: bool) {
            let event = event(&payload, (!latest).then_some("12")).after_an_error();
            prop_assert_eq!(Event::decode(&event.encode()).unwrap(), event);
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
            let _ = Event::decode(&Bytes::from(bytes));
        }
    }
}
