//! The life of one execution environment as a state machine.
//!
//! Source: Developer Guide, "Understanding the Lambda execution environment lifecycle". A failure
//! ends the processes but not the environment: `/tmp` stays, and the next invocation starts with an
//! init of its own ("suppressed init").

use crate::platform_log::InitPhase;

/// Why an environment is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitializationType {
    /// For an invocation that waits.
    OnDemand,
    /// Before it is needed.
    Provisioned,
}

// === impl InitializationType ===

impl InitializationType {
    /// Gives the value of `AWS_LAMBDA_INITIALIZATION_TYPE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Provisioned => "provisioned-concurrency",
        }
    }
}

/// Where an environment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// The runtime was started and has not called `next` yet.
    Initializing(InitPhase),
    /// The runtime waits for an event.
    Idle,
    /// The runtime works on an event.
    Busy,
    /// The runtime answered and has not called `next` yet.
    Settling,
    /// No process runs; the next invocation begins with an init.
    Broken,
    /// Shut down for good.
    Gone,
}

/// What happens to an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The runtime called `next`.
    Ready,
    /// An event is handed to the runtime.
    Begin,
    /// The runtime answered its event.
    Answered,
    /// The runtime exited, failed, or ran out of time; its processes are ended.
    Lost,
    /// The runtime is started once more, inside an invocation.
    Restart,
    /// The environment is shut down.
    Close,
}

/// Says that an event cannot happen in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an environment that is {state:?} cannot take {event:?}")]
pub struct LifecycleError {
    state: Lifecycle,
    event: Event,
}

// === impl Lifecycle ===

impl Lifecycle {
    /// Gives the state after `event`.
    pub fn on(self, event: Event) -> Result<Self, LifecycleError> {
        match (self, event) {
            (Self::Gone, _) => Err(LifecycleError { state: self, event }),
            (_, Event::Close) => Ok(Self::Gone),
            (Self::Initializing(_) | Self::Settling, Event::Ready) => Ok(Self::Idle),
            (Self::Idle, Event::Begin) => Ok(Self::Busy),
            (Self::Busy, Event::Answered) => Ok(Self::Settling),
            (Self::Initializing(_) | Self::Idle | Self::Busy | Self::Settling, Event::Lost) => {
                Ok(Self::Broken)
            }
            (Self::Broken, Event::Restart) => Ok(Self::Initializing(InitPhase::Invoke)),
            (state, event) => Err(LifecycleError { state, event }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STATES: [Lifecycle; 7] = [
        Lifecycle::Initializing(InitPhase::Init),
        Lifecycle::Initializing(InitPhase::Invoke),
        Lifecycle::Idle,
        Lifecycle::Busy,
        Lifecycle::Settling,
        Lifecycle::Broken,
        Lifecycle::Gone,
    ];
    const EVENTS: [Event; 6] =
        [Event::Ready, Event::Begin, Event::Answered, Event::Lost, Event::Restart, Event::Close];

    #[test]
    fn the_permitted_moves_are_exactly_these() {
        use {Event as E, Lifecycle as L};
        let (init, again) = (L::Initializing(InitPhase::Init), L::Initializing(InitPhase::Invoke));
        let permitted = [
            (init, E::Ready, L::Idle),
            (again, E::Ready, L::Idle),
            (init, E::Lost, L::Broken),
            (again, E::Lost, L::Broken),
            (L::Idle, E::Begin, L::Busy),
            (L::Idle, E::Lost, L::Broken),
            (L::Busy, E::Answered, L::Settling),
            (L::Busy, E::Lost, L::Broken),
            (L::Settling, E::Ready, L::Idle),
            (L::Settling, E::Lost, L::Broken),
            (L::Broken, E::Restart, again),
        ];
        for state in STATES {
            for event in EVENTS {
                let expected = if event == E::Close && state != L::Gone {
                    Some(L::Gone)
                } else {
                    permitted.iter().find(|p| p.0 == state && p.1 == event).map(|p| p.2)
                };
                assert_eq!(state.on(event).ok(), expected, "{state:?} {event:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_event_is_delivered_twice_without_ready_between(
            events in proptest::collection::vec(0..EVENTS.len(), 0..60)
        ) {
            let mut state = Lifecycle::Initializing(InitPhase::Init);
            let mut ready = false;
            for event in events.into_iter().map(|index| EVENTS[index]) {
                let Ok(next) = state.on(event) else { continue };
                match event {
                    Event::Ready => ready = true,
                    Event::Begin => {
                        prop_assert!(ready, "an event was handed to a runtime that did not wait");
                        ready = false;
                    }
                    Event::Lost => ready = false,
                    Event::Answered | Event::Restart | Event::Close => {}
                }
                state = next;
            }
        }
    }
}
