//! What the guest's calls do.

use std::sync::Arc;

use bytes::Bytes;
use jail::{CpuLimit, Limits as JailLimits};
use model::{
    environment::{Event, InitializationType, Lifecycle},
    invocation::RequestId,
    platform_log::{self, InitPhase, ReportStatus},
    runtime_api::{RuntimeCall, RuntimeState, Transition},
};
use tokio::net::tcp::OwnedWriteHalf;

use super::{Core, InitError, Next, Refusal};
use crate::{
    environment::{Answer, Environment, Outlet, invocation::Job},
    runtime_api::Waiter,
};

impl Core {
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes a call of `next`, which ends an init or an invocation.
    pub(crate) fn next(
        &mut self,
        environment: &Environment,
        generation: u64,
        to_guest: &Arc<OwnedWriteHalf>,
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
        let (waiter, handed) = Waiter::new(Arc::clone(to_guest));
        self.waiter = Some(waiter);
        Ok(Next::Later(handed))
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

    /// Takes the news that the guest begins to stream its answer. `None` if the caller wants it in one
    /// piece.
    pub(crate) fn begin_stream(
        &mut self,
        generation: u64,
        request_id: Option<RequestId>,
        content_type: Option<String>,
    ) -> Result<Option<Outlet>, Refusal> {
        self.check_answer(generation, request_id, RuntimeCall::Response)?;
        let flow = self.job.as_mut().and_then(|job| job.flow.as_mut());
        Ok(flow.and_then(|flow| flow.begin(content_type)))
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

    /// Sees to it that the log tells how long the init took: of an environment that was made on
    /// demand in its first REPORT, else at once.
    fn report_init(&mut self, environment: &Environment) {
        let duration = self.init.started.elapsed();
        match environment.blueprint.initialization {
            InitializationType::OnDemand => self.init.unreported = Some(duration),
            InitializationType::Provisioned => {
                let success = ReportStatus::Success;
                let line = platform_log::init_report(duration, InitPhase::Init, &success);
                self.log_platform(environment, |text| text.push_str(&line));
            }
        }
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
        // The driver watches for the end of a long init until then.
        environment.attention.notify_one();
        self.drain(environment);
        // A suppressed init counts as part of the invocation and is not shown (lifecycle 1.2).
        if phase == InitPhase::Init {
            self.report_init(environment);
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
