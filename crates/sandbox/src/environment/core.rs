//! What an environment is doing: decided by the state machines in `model`, acted on here.

mod guest;
mod log;
mod watch;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use jail::GuestPid;
use model::{
    Timestamp,
    environment::{Event, Lifecycle},
    platform_log::{self, InitPhase},
    runtime_api::{RuntimeState, TransitionError},
};
use tokio::{sync::oneshot, time::Instant};

use super::{
    Answer, Environment, Invocation,
    invocation::{Delivery, Job},
    streaming::Flow,
};
use crate::{
    logs::{LogEvents, Pipes},
    runtime_api::{Handed, Waiter},
};

/// Everything that changes in an environment's life.
#[derive(Debug)]
pub(crate) struct Core {
    lifecycle: Lifecycle,
    runtime: RuntimeState,
    /// Counts the times that a runtime was started; connections of an earlier one are refused.
    generation: u64,
    guest: Option<GuestPid>,
    /// The guest's pending `next`.
    waiter: Option<Waiter>,
    job: Option<Job>,
    init: Init,
    pipes: Option<Pipes>,
    events: LogEvents,
    /// The time of the newest event.
    last_at: Timestamp,
    frozen: bool,
    /// Processes of a lost runtime may still be there.
    dirty: bool,
    loan: Loan,
}

/// Who has the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loan {
    /// Nobody.
    None,
    /// An invoker, who waits to hear that it is free again.
    Out,
    /// Nobody any more, and the observer has not been told yet.
    Over,
}

/// The init phase that runs now or ran last.
#[derive(Debug)]
struct Init {
    started: Instant,
    /// Set when init ended well and no REPORT line has shown it yet.
    unreported: Option<Duration>,
    /// What the runtime said when it gave up.
    reported: Option<InitError>,
    /// Whoever waits for the end of the first init.
    done: Option<oneshot::Sender<()>>,
}

#[derive(Debug)]
struct InitError {
    error_type: String,
    payload: Bytes,
}

/// Says why the Runtime API refuses a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The id is not the one being worked on.
    #[error("Invalid request ID")]
    RequestId,
    /// The call is not permitted now.
    #[error(transparent)]
    State(#[from] TransitionError),
    /// The connection belongs to a runtime that is gone.
    #[error("the runtime is gone")]
    Stale,
}

/// What a call of `next` gets.
#[derive(Debug)]
pub(crate) enum Next {
    /// An event that is there already.
    Event(Arc<Delivery>),
    /// An event that will come.
    Later(oneshot::Receiver<Handed>),
}

// === impl Core ===

impl Core {
    pub(super) fn new(init_done: oneshot::Sender<()>) -> Self {
        Self {
            lifecycle: Lifecycle::Initializing(InitPhase::Init),
            runtime: RuntimeState::Started,
            generation: 0,
            guest: None,
            waiter: None,
            job: None,
            init: Init {
                started: Instant::now(),
                unreported: None,
                reported: None,
                done: Some(init_done),
            },
            pipes: None,
            events: LogEvents::default(),
            last_at: Timestamp::default(),
            frozen: false,
            dirty: false,
            loan: Loan::None,
        }
    }

    /// Takes an event: hands it to a waiting guest, or has a lost one started again first.
    pub(super) fn invoke(
        &mut self,
        environment: &Environment,
        invocation: Invocation,
        caller: oneshot::Sender<Answer>,
        flow: Option<Flow>,
    ) {
        assert_eq!(self.loan, Loan::None, "an environment is lent to one invoker at a time");
        let started = Instant::now();
        let deadline = environment.now().after(environment.timeout());
        self.loan = Loan::Out;
        self.job = Some(Job {
            log: invocation.wants_log_tail.then(Vec::new),
            delivery: Arc::new(Delivery { invocation, deadline }),
            started,
            deadline: started + environment.timeout(),
            caller: Some(caller),
            flow,
            held: None,
            tail_bytes: environment.blueprint.limits.log_tail_bytes,
        });
        if self.lifecycle == Lifecycle::Broken {
            self.advance(Event::Restart);
            environment.attention.notify_one();
        } else {
            self.thaw(environment);
            self.begin(environment);
        }
    }

    /// Begins the invoke phase of the job with a guest that waits.
    fn begin(&mut self, environment: &Environment) {
        let Some(job) = &self.job else { return };
        let delivery = Arc::clone(&job.delivery);
        let request_id = job.request_id();
        self.advance(Event::Begin);
        self.runtime = RuntimeState::Running;
        // Without a waiter the guest is between two connections; its next call gets the event.
        if let Some(waiter) = self.waiter.take() {
            waiter.hand_over(delivery);
        }
        let version = &environment.blueprint.version;
        self.log_platform(environment, |text| platform_log::start(text, request_id, version));
        // Whoever follows the log sees that a long, silent invocation has begun.
        self.flush(environment);
    }

    pub(super) fn freeze_if_idle(&mut self, environment: &Environment) {
        if self.lifecycle == Lifecycle::Idle && !self.frozen {
            match environment.jail.freeze() {
                Ok(()) => self.frozen = true,
                Err(error) => tracing::warn!(%error, ?environment, "cannot freeze"),
            }
        }
    }

    fn thaw(&mut self, environment: &Environment) {
        if !std::mem::take(&mut self.frozen) {
            return;
        }
        if let Err(error) = environment.jail.thaw() {
            tracing::error!(%error, ?environment, "cannot thaw");
        }
        // While frozen the driver watched no deadline.
        environment.attention.notify_one();
    }

    pub(super) fn is_warm(&self) -> bool {
        use Lifecycle as L;
        matches!(self.lifecycle, L::Idle | L::Busy | L::Settling)
    }

    /// Tells, once, that the environment became free.
    pub(super) fn take_freed(&mut self) -> bool {
        let over = self.loan == Loan::Over;
        if over {
            self.loan = Loan::None;
        }
        over
    }

    fn hand_back(&mut self) {
        if self.loan == Loan::Out {
            self.loan = Loan::Over;
        }
    }

    fn advance(&mut self, event: Event) {
        match self.lifecycle.on(event) {
            Ok(next) => self.lifecycle = next,
            // The machine refuses only what the callers above have excluded.
            Err(error) => tracing::error!(%error, "an environment took a wrong turn"),
        }
    }
}
