//! What every way of invoking a function reads from its request.

use api::Call;
use bytes::Bytes;
use engine::{Invocation, Target};
use model::trace::TraceHeader;
use wire::OperationSpec;

use super::{client_context, payload};
use crate::{Control, control::arrival, error::Refusal};

/// An event as its request brings it.
pub(super) struct Event<'a> {
    pub(super) function_name: &'a str,
    pub(super) qualifier: Option<&'a str>,
    pub(super) client_context: Option<&'a str>,
    pub(super) log_type: Option<&'a str>,
    pub(super) limit_bytes: u64,
    pub(super) payload: Bytes,
}

impl Control {
    /// Checks an event and addresses it to a function.
    pub(super) fn invocation(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        event: Event<'_>,
    ) -> Result<Invocation, Refusal> {
        let arn = self.address(call, spec, event.function_name, event.qualifier)?;
        let client_context = event.client_context.map(client_context::decoded).transpose()?;
        let payload = payload::event(event.payload, event.limit_bytes)?;
        Ok(Invocation {
            request_id: call.request_id.into(),
            target: Target { region: arn.region, name: arn.name, qualifier: arn.qualifier },
            payload,
            client_context,
            trace: self.trace(call),
            wants_log_tail: event.log_type == Some("Tail"),
        })
    }

    fn trace(&self, call: &Call) -> TraceHeader {
        let now = arrival(call);
        let given = call.trace_header.as_deref();
        // Randomness costs a system call, and a caller's trace needs none.
        let is_trace = given.is_some_and(|given| given.contains("Root="));
        let random = if is_trace { 0 } else { self.parts.ids.next().as_u128() };
        TraceHeader::from_caller_or_new(given, now, random)
    }
}
