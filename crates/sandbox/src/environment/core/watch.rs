//! What the driver sees, and what comes of it.

use jail::{Ending, GuestPid};
use model::{
    environment::{Event, Lifecycle},
    invocation::{Exit, Failure},
    platform_log::{self, InitPhase, ReportStatus},
    runtime_api::RuntimeState,
};
use tokio::time::Instant;

use super::{Core, InitError};
use crate::{
    environment::{Answer, Environment},
    logs::Pipes,
};

impl Core {
    /// Tells whether a runtime has to be started now.
    pub(in super::super) fn wants_runtime(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Initializing(_)) && self.guest.is_none() && !self.dirty
    }

    /// Tells whether processes of a lost runtime are to be ended.
    pub(in super::super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Gives the pipes that the driver watches.
    pub(in super::super) fn pipes(&self) -> Option<&Pipes> {
        self.pipes.as_ref()
    }

    /// Prepares for a new runtime, before it is started.
    pub(in super::super) fn prepare(&mut self, environment: &Environment, pipes: Pipes) {
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
            self.log_platform(environment, |text| text.push_str(&line));
        }
    }

    /// Remembers the runtime's process.
    pub(in super::super) fn started(&mut self, guest: GuestPid) {
        self.guest = Some(guest);
    }

    /// Tells whether this process is the runtime. What was killed after a failure ends a second time,
    /// so to speak, and is not.
    pub(in super::super) fn is_runtime(&self, pid: GuestPid) -> bool {
        self.guest == Some(pid)
    }

    /// Takes the end of a process.
    pub(in super::super) fn exited(
        &mut self,
        environment: &Environment,
        pid: GuestPid,
        ending: Ending,
        oom_killed: bool,
    ) {
        if !self.is_runtime(pid) {
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
    pub(in super::super) fn check_deadline(&mut self, environment: &Environment, now: Instant) {
        if self.deadline(environment).is_some_and(|deadline| deadline <= now) {
            let timeout = environment.timeout();
            self.fail(environment, &Failure::TimedOut { timeout });
        }
    }

    /// Gives the time until which the driver may look away.
    ///
    /// Every invocation that begins after now ends a whole timeout later or after that, so an
    /// environment that awaits events needs no signal for each: waking once a timeout is enough.
    /// A frozen one needs not even that. An init may take longer than an invocation, so its end is
    /// signalled.
    pub(in super::super) fn look_again(
        &self,
        environment: &Environment,
        now: Instant,
    ) -> Option<Instant> {
        match self.deadline(environment) {
            None if self.frozen || self.lifecycle == Lifecycle::Broken => None,
            None => Some(now + environment.timeout()),
            deadline => deadline,
        }
    }

    fn deadline(&self, environment: &Environment) -> Option<Instant> {
        match (self.lifecycle, &self.job) {
            (Lifecycle::Initializing(InitPhase::Init), _) => {
                Some(self.init.started + environment.init_timeout())
            }
            (_, job) => job.as_ref().map(|job| job.deadline),
        }
    }

    /// Ends the runtime's present work: whoever waits gets `failure` as the answer.
    pub(in super::super) fn fail(&mut self, environment: &Environment, failure: &Failure) {
        self.drain(environment);
        let reported = self.init.reported.take();
        match self.lifecycle {
            Lifecycle::Initializing(phase) => {
                let kind = reported
                    .as_ref()
                    .map_or_else(|| failure.report_type(), |error| &error.error_type);
                let status = status_of(failure, kind);
                let duration = self.init.started.elapsed();
                let line = platform_log::init_report(duration, phase, &status);
                self.log_platform(environment, |text| text.push_str(&line));
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
            let version = &environment.blueprint.version;
            self.log_platform(environment, |text| platform_log::start(text, request_id, version));
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
    pub(in super::super) fn cleaned(&mut self) {
        self.dirty = false;
        self.pipes = None;
        if let Some(done) = self.init.done.take() {
            let _ = done.send(());
        }
        if self.job.is_none() {
            self.hand_back();
        }
    }

    /// Ends the environment: a caller that still waits hears it by its channel closing.
    pub(in super::super) fn close(&mut self, environment: &Environment) {
        self.drain_to_the_end(environment);
        self.flush(environment);
        self.advance(Event::Close);
        self.job = None;
        self.waiter = None;
        self.pipes = None;
    }
}

fn status_of(failure: &Failure, kind: &str) -> ReportStatus {
    match failure {
        Failure::TimedOut { .. } => ReportStatus::Timeout,
        _ => ReportStatus::Error(kind.to_owned()),
    }
}
