//! What an environment is doing: decided by the state machines in `model`, acted on here.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use jail::{CpuLimit, Ending, GuestPid, Limits as JailLimits};
use model::{
    environment::{Event, Lifecycle},
    invocation::{Exit, Failure, RequestId},
    platform_log::{self, InitPhase, Report, ReportStatus},
    runtime_api::{RuntimeCall, RuntimeState, Transition, TransitionError},
};
use tokio::{sync::oneshot, time::Instant};

use super::{
    Answer, Environment, Invocation,
    invocation::{Delivery, Job},
};
use crate::logs::{LogEvent, Pipes};

const MIB: u64 = 1024 * 1024;

/// Everything that changes in an environment's life.
#[derive(Debug)]
pub(crate) struct Core {
    lifecycle: Lifecycle,
    runtime: RuntimeState,
    /// Counts the times that a runtime was started; connections of an earlier one are refused.
    generation: u64,
    guest: Option<GuestPid>,
    /// The guest's pending `next`.
    waiter: Option<oneshot::Sender<Arc<Delivery>>>,
    job: Option<Job>,
    init: Init,
    pipes: Option<Pipes>,
    events: Vec<LogEvent>,
    frozen: bool,
    /// Processes of a lost runtime may still be there.
    dirty: bool,
    /// An invoker has the environment and is waiting to hear that it is free again.
    lent: bool,
    /// The environment became free, and the observer has not been told yet.
    freed: bool,
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
    Later(oneshot::Receiver<Arc<Delivery>>),
}

// === impl Core: invoking ===

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
            events: Vec::new(),
            frozen: false,
            dirty: false,
            lent: false,
            freed: false,
        }
    }

    /// Takes an event: hands it to a waiting guest, or has a lost one started again first.
    pub(super) fn invoke(
        &mut self,
        environment: &Environment,
        invocation: Invocation,
        caller: oneshot::Sender<Answer>,
    ) {
        assert!(
            self.job.is_none() && !self.lent,
            "an environment is lent to one invoker at a time"
        );
        let started = Instant::now();
        let deadline = environment.now().after(environment.timeout());
        self.lent = true;
        self.job = Some(Job {
            log: invocation.wants_log_tail.then(Vec::new),
            delivery: Arc::new(Delivery { invocation, deadline }),
            started,
            deadline: started + environment.timeout(),
            caller: Some(caller),
            held: None,
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
        let start = platform_log::start(job.request_id(), &environment.blueprint.version);
        self.advance(Event::Begin);
        self.runtime = RuntimeState::Running;
        // Without a waiter the guest is between two connections; its next call gets the event.
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.send(delivery);
        }
        self.log_platform(environment, start);
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
}

// === impl Core: the guest's calls ===

impl Core {
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes a call of `next`, which ends an init or an invocation.
    pub(crate) fn next(
        &mut self,
        environment: &Environment,
        generation: u64,
    ) -> Result<Next, Refusal> {
        self.check_generation(generation)?;
        let (state, transition) = self.runtime.on(RuntimeCall::Next)?;
        if let (Transition::RepeatEvent, Some(job)) = (transition, &self.job) {
            return Ok(Next::Event(Arc::clone(&job.delivery)));
        }
        self.runtime = state;
        match self.lifecycle {
            Lifecycle::Initializing(phase) => self.init_succeeded(environment, phase),
            Lifecycle::Settling => {
                self.advance(Event::Ready);
                self.report(environment, ReportStatus::Success);
                self.hand_back();
            }
            _ => {}
        }
        // After an init inside an invocation the event is there already.
        if let (RuntimeState::Running, Some(job)) = (self.runtime, &self.job) {
            return Ok(Next::Event(Arc::clone(&job.delivery)));
        }
        let (waiter, receiver) = oneshot::channel();
        self.waiter = Some(waiter);
        Ok(Next::Later(receiver))
    }

    /// Checks, without changing anything, that an answer to `request_id` may come now.
    pub(crate) fn check_answer(
        &self,
        generation: u64,
        request_id: Option<RequestId>,
        call: RuntimeCall,
    ) -> Result<(), Refusal> {
        self.check_generation(generation)?;
        let current = self.job.as_ref().map(Job::request_id);
        if request_id.is_none() || current != request_id {
            return Err(Refusal::RequestId);
        }
        self.runtime.on(call)?;
        Ok(())
    }

    /// Takes the guest's answer and passes it on.
    pub(crate) fn answer(
        &mut self,
        generation: u64,
        request_id: Option<RequestId>,
        call: RuntimeCall,
        answer: Answer,
    ) -> Result<(), Refusal> {
        self.check_answer(generation, request_id, call)?;
        (self.runtime, _) = self.runtime.on(call)?;
        self.advance(Event::Answered);
        if let Some(job) = &mut self.job {
            job.answer(answer);
        }
        Ok(())
    }

    /// Takes the runtime's report that its init failed. The process then ends by itself.
    pub(crate) fn init_error(
        &mut self,
        generation: u64,
        error_type: String,
        payload: Bytes,
    ) -> Result<(), Refusal> {
        self.check_generation(generation)?;
        (self.runtime, _) = self.runtime.on(RuntimeCall::InitError)?;
        self.init.reported = Some(InitError { error_type, payload });
        Ok(())
    }

    fn check_generation(&self, generation: u64) -> Result<(), Refusal> {
        if generation == self.generation { Ok(()) } else { Err(Refusal::Stale) }
    }

    fn init_succeeded(&mut self, environment: &Environment, phase: InitPhase) {
        let cpu = CpuLimit::for_memory(environment.memory_bytes());
        let limits = JailLimits {
            memory_bytes: environment.memory_bytes(),
            pids: environment.blueprint.limits.processes,
            cpu,
        };
        if let Err(error) = environment.jail.set_limits(&limits) {
            tracing::error!(%error, ?environment, "cannot limit the CPU share");
        }
        self.advance(Event::Ready);
        self.drain(environment);
        // A suppressed init counts as part of the invocation and is not shown (lifecycle 1.2).
        if phase == InitPhase::Init {
            self.init.unreported = Some(self.init.started.elapsed());
        }
        self.flush(environment);
        if let Some(done) = self.init.done.take() {
            let _ = done.send(());
        }
        if self.job.is_some() {
            self.begin(environment);
        }
    }
}

// === impl Core: what the driver sees ===

impl Core {
    /// Tells whether a runtime has to be started now.
    pub(super) fn wants_runtime(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Initializing(_)) && self.guest.is_none() && !self.dirty
    }

    /// Tells whether processes of a lost runtime are to be ended.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Gives the pipes that the driver watches.
    pub(super) fn pipes(&self) -> Option<&Pipes> {
        self.pipes.as_ref()
    }

    /// Prepares for a new runtime, before it is started.
    pub(super) fn prepare(&mut self, environment: &Environment, pipes: Pipes) {
        self.generation += 1;
        self.runtime = RuntimeState::Started;
        self.waiter = None;
        self.pipes = Some(pipes);
        self.init.started = Instant::now();
        self.init.reported = None;
        let runtime = &environment.blueprint.runtime;
        if self.lifecycle == Lifecycle::Initializing(InitPhase::Init) {
            let arn = runtime.version_arn(&environment.blueprint.log_stream.region);
            let line = platform_log::init_start(&runtime.log_version(), &arn);
            self.log_platform(environment, line);
        }
    }

    /// Remembers the runtime's process.
    pub(super) fn started(&mut self, guest: GuestPid) {
        self.guest = Some(guest);
    }

    /// Takes the end of a process.
    pub(super) fn exited(
        &mut self,
        environment: &Environment,
        pid: GuestPid,
        ending: Ending,
        oom_killed: bool,
    ) {
        // What was killed after a failure ends a second time, so to speak.
        if self.guest != Some(pid) {
            return;
        }
        self.guest = None;
        let exit = match ending {
            Ending::Code(status) => Exit::Status(status),
            Ending::Signal(signal) => Exit::Signal(signal),
        };
        let failure = if oom_killed { Failure::OutOfMemory } else { Failure::Exited(exit) };
        self.fail(environment, &failure);
    }

    /// Ends whatever has run out of time.
    pub(super) fn check_deadline(&mut self, environment: &Environment, now: Instant) {
        if self.deadline(environment).is_some_and(|deadline| deadline <= now) {
            let timeout = environment.timeout();
            self.fail(environment, &Failure::TimedOut { timeout });
        }
    }

    /// Gives the time until which the driver may look away.
    ///
    /// Every invocation that begins after now ends a whole timeout later or after that, so an
    /// environment that awaits events needs no signal for each: waking once a timeout is enough.
    /// A frozen one needs not even that.
    pub(super) fn look_again(&self, environment: &Environment, now: Instant) -> Option<Instant> {
        match self.deadline(environment) {
            None if self.frozen || self.lifecycle == Lifecycle::Broken => None,
            None => Some(now + environment.timeout()),
            deadline => deadline,
        }
    }

    fn deadline(&self, environment: &Environment) -> Option<Instant> {
        match (self.lifecycle, &self.job) {
            (Lifecycle::Initializing(InitPhase::Init), _) => {
                Some(self.init.started + environment.blueprint.limits.init_timeout)
            }
            (_, job) => job.as_ref().map(|job| job.deadline),
        }
    }

    /// Ends the runtime's present work: whoever waits gets `failure` as the answer.
    pub(super) fn fail(&mut self, environment: &Environment, failure: &Failure) {
        self.drain(environment);
        let reported = self.init.reported.take();
        match self.lifecycle {
            Lifecycle::Initializing(phase) => {
                let kind =
                    reported.as_ref().map_or(failure.report_type(), |error| &error.error_type);
                let status = status_of(failure, kind);
                let duration = self.init.started.elapsed();
                let line = platform_log::init_report(duration, phase, &status);
                self.log_platform(environment, line);
                self.fail_job(environment, failure, reported, status);
            }
            Lifecycle::Busy | Lifecycle::Settling => {
                let status = status_of(failure, failure.report_type());
                self.fail_job(environment, failure, None, status);
            }
            Lifecycle::Idle | Lifecycle::Broken | Lifecycle::Gone => self.flush(environment),
        }
        self.lost(environment);
    }

    fn fail_job(
        &mut self,
        environment: &Environment,
        failure: &Failure,
        reported: Option<InitError>,
        status: ReportStatus,
    ) {
        let initializing = matches!(self.lifecycle, Lifecycle::Initializing(_));
        let Some(job) = &mut self.job else { return self.flush(environment) };
        let request_id = job.request_id();
        let answer = match reported {
            // The first fatal error wins: what the runtime said counts more than its exit.
            Some(error) => Answer::error(error.payload),
            None => Answer::platform(failure, request_id),
        };
        if initializing {
            let line = platform_log::start(request_id, &environment.blueprint.version);
            self.log_platform(environment, line);
        }
        if let Some(job) = &mut self.job {
            job.answer(answer);
        }
        self.report(environment, status);
    }

    /// Marks the runtime as gone; the driver clears away what is left of it.
    fn lost(&mut self, environment: &Environment) {
        self.thaw(environment);
        self.advance(Event::Lost);
        self.guest = None;
        self.waiter = None;
        self.dirty = true;
        environment.attention.notify_one();
    }

    /// Takes the news that no process is left.
    pub(super) fn cleaned(&mut self) {
        self.dirty = false;
        self.pipes = None;
        if let Some(done) = self.init.done.take() {
            let _ = done.send(());
        }
        if self.job.is_none() {
            self.hand_back();
        }
    }

    /// Tells, once, that the environment became free.
    pub(super) fn take_freed(&mut self) -> bool {
        std::mem::take(&mut self.freed)
    }

    /// Ends the environment: a caller that still waits hears it by its channel closing.
    pub(super) fn close(&mut self, environment: &Environment) {
        self.drain_to_the_end(environment);
        self.flush(environment);
        self.advance(Event::Close);
        self.job = None;
        self.waiter = None;
        self.pipes = None;
    }

    fn hand_back(&mut self) {
        self.freed |= std::mem::take(&mut self.lent);
    }

    fn advance(&mut self, event: Event) {
        match self.lifecycle.on(event) {
            Ok(next) => self.lifecycle = next,
            // The machine refuses only what the callers above have excluded.
            Err(error) => tracing::error!(%error, "an environment took a wrong turn"),
        }
    }
}

// === impl Core: the log ===

impl Core {
    /// Reads what the guest has written so far.
    pub(super) fn drain(&mut self, environment: &Environment) {
        self.read_pipes(|pipes, events| pipes.drain(environment.now(), events));
    }

    /// Reads what the guest has written, an unfinished line included.
    fn drain_to_the_end(&mut self, environment: &Environment) {
        self.read_pipes(|pipes, events| {
            pipes.drain(environment.now(), events);
            pipes.flush(environment.now(), events);
        });
    }

    fn read_pipes(&mut self, read: impl FnOnce(&mut Pipes, &mut Vec<LogEvent>)) {
        let Some(pipes) = &mut self.pipes else { return };
        let before = self.events.len();
        read(pipes, &mut self.events);
        if let Some(log) = self.job.as_mut().and_then(|job| job.log.as_mut()) {
            for event in &self.events[before..] {
                log.extend_from_slice(event.message.as_bytes());
            }
        }
    }

    /// Passes on what has been collected.
    pub(super) fn flush(&mut self, environment: &Environment) {
        if !self.events.is_empty() {
            let events = std::mem::take(&mut self.events);
            environment.host.logs.append(&environment.blueprint.log_stream, events);
        }
    }

    fn log_platform(&mut self, environment: &Environment, message: String) {
        if let Some(log) = self.job.as_mut().and_then(|job| job.log.as_mut()) {
            log.extend_from_slice(message.as_bytes());
        }
        self.events.push(LogEvent { at: environment.now(), message });
    }

    /// Ends the job: the rest of its output, END, REPORT, and a held answer.
    fn report(&mut self, environment: &Environment, status: ReportStatus) {
        self.drain_to_the_end(environment);
        let Some(job) = &self.job else { return };
        let (request_id, timeout) = (job.request_id(), environment.timeout());
        // A timed-out invocation is shown as having taken exactly its timeout.
        let duration =
            if status == ReportStatus::Timeout { timeout } else { job.started.elapsed() };
        let usage = environment.jail.usage().unwrap_or_default();
        let report = Report {
            request_id,
            duration,
            init_duration: self.init.unreported.take(),
            memory_mib: environment.blueprint.settings.memory_mib,
            max_memory_mib: usage
                .peak_memory_bytes
                .div_ceil(MIB)
                .min(u64::from(environment.blueprint.settings.memory_mib)),
            status,
        };
        self.log_platform(environment, platform_log::end(request_id));
        self.log_platform(environment, report.line());
        self.flush(environment);
        if let Some(job) = self.job.take() {
            job.finish(environment.blueprint.limits.log_tail_bytes);
        }
    }
}

fn status_of(failure: &Failure, kind: &str) -> ReportStatus {
    match failure {
        Failure::TimedOut { .. } => ReportStatus::Timeout,
        _ => ReportStatus::Error(kind.to_owned()),
    }
}
