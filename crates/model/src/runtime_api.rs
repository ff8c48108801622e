//! The runtime's side of the Runtime API as a state machine: which call is permitted when.
//!
//! Source: Developer Guide, "Using the Lambda runtime API for custom runtimes", and the states of
//! the runtime interface emulator, whose names appear in the error messages.

use std::fmt;

/// Where a runtime stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeState {
    /// Started, has not asked for an event yet.
    Started,
    /// Reported that its init failed.
    InitError,
    /// Waits in `next`.
    Ready,
    /// Works on an event.
    Running,
    /// Answered; has not asked for the next event yet.
    ResponseSent,
}

/// What a runtime asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeCall {
    /// `GET /runtime/invocation/next`.
    Next,
    /// `POST /runtime/invocation/{id}/response`.
    Response,
    /// `POST /runtime/invocation/{id}/error`.
    Error,
    /// `POST /runtime/init/error`.
    InitError,
}

/// What a permitted call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// The runtime waits for an event; its init or its last invocation is complete.
    AwaitEvent,
    /// The runtime asks again while it works: it gets the same event once more.
    RepeatEvent,
    /// The runtime answered its event.
    Answered,
    /// The runtime's init failed.
    InitFailed,
}

/// Says that a call is not permitted now; its text is the wire message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "State transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
)]
pub struct TransitionError {
    from: RuntimeState,
    to: &'static str,
}

// === impl RuntimeState ===

impl RuntimeState {
    /// Decides what `call` means in this state and where it leads.
    pub fn on(self, call: RuntimeCall) -> Result<(Self, Transition), TransitionError> {
        use RuntimeCall as Call;
        match (self, call) {
            (Self::Started | Self::ResponseSent | Self::Ready, Call::Next) => {
                Ok((Self::Ready, Transition::AwaitEvent))
            }
            (Self::Running, Call::Next) => Ok((Self::Running, Transition::RepeatEvent)),
            (Self::Running, Call::Response | Call::Error) => {
                Ok((Self::ResponseSent, Transition::Answered))
            }
            (Self::Started, Call::InitError) => Ok((Self::InitError, Transition::InitFailed)),
            (from, call) => Err(TransitionError { from, to: call.target() }),
        }
    }

    /// Moves a waiting runtime to work on an event; `None` if it does not wait.
    pub fn deliver(self) -> Option<Self> {
        (self == Self::Ready).then_some(Self::Running)
    }
}

impl fmt::Display for RuntimeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Started => "Started",
            Self::InitError => "InitError",
            Self::Ready => "Ready",
            Self::Running => "Running",
            Self::ResponseSent => "RuntimeResponseSentState",
        })
    }
}

// === impl RuntimeCall ===

impl RuntimeCall {
    fn target(self) -> &'static str {
        match self {
            Self::Next => "Ready",
            Self::Response => "InvocationResponse",
            Self::Error => "InvocationErrorResponse",
            Self::InitError => "InitError",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RuntimeCall as Call;
    use RuntimeState as State;

    const STATES: [State; 5] =
        [State::Started, State::InitError, State::Ready, State::Running, State::ResponseSent];
    const CALLS: [Call; 4] = [Call::Next, Call::Response, Call::Error, Call::InitError];

    #[test]
    fn the_permitted_calls_are_exactly_these() {
        let permitted = [
            (State::Started, Call::Next, State::Ready, Transition::AwaitEvent),
            (State::Started, Call::InitError, State::InitError, Transition::InitFailed),
            // A second connection of the same runtime may wait as well.
            (State::Ready, Call::Next, State::Ready, Transition::AwaitEvent),
            (State::Running, Call::Next, State::Running, Transition::RepeatEvent),
            (State::Running, Call::Response, State::ResponseSent, Transition::Answered),
            (State::Running, Call::Error, State::ResponseSent, Transition::Answered),
            (State::ResponseSent, Call::Next, State::Ready, Transition::AwaitEvent),
        ];
        for state in STATES {
            for call in CALLS {
                let expected = permitted.iter().find(|p| p.0 == state && p.1 == call);
                match (state.on(call), expected) {
                    (Ok(got), Some((_, _, to, transition))) => assert_eq!(got, (*to, *transition)),
                    (Err(_), None) => {}
                    (got, expected) => panic!("{state:?} {call:?}: {got:?}, not {expected:?}"),
                }
            }
        }
    }

    #[test]
    fn a_refusal_reads_as_the_emulators() {
        let error = State::Ready.on(Call::Response).unwrap_err();
        assert_eq!(
            error.to_string(),
            "State transition from Ready to InvocationResponse failed for runtime. Error: State \
             transition is not allowed"
        );
    }

    #[test]
    fn only_a_waiting_runtime_gets_an_event() {
        for state in STATES {
            let expected = (state == State::Ready).then_some(State::Running);
            assert_eq!(state.deliver(), expected, "{state}");
        }
    }
}
