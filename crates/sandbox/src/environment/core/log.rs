//! What is collected for the log, and the platform's own lines in it.

use model::platform_log::{self, Report, ReportStatus};

use super::Core;
use crate::{
    environment::Environment,
    logs::{LogEvent, Pipes},
};

const MIB: u64 = 1024 * 1024;

impl Core {
    /// Reads what the guest has written so far.
    pub(in super::super) fn drain(&mut self, environment: &Environment) {
        self.read_pipes(|pipes, events| pipes.drain(environment.now(), events));
    }

    /// Reads what the guest has written, an unfinished line included.
    pub(super) fn drain_to_the_end(&mut self, environment: &Environment) {
        self.read_pipes(|pipes, events| {
            pipes.drain(environment.now(), events);
            pipes.flush(environment.now(), events);
        });
    }

    fn read_pipes(&mut self, read: impl FnOnce(&mut Pipes, &mut Vec<LogEvent>)) {
        let Some(pipes) = &mut self.pipes else { return };
        let mut new = Vec::new();
        read(pipes, &mut new);
        // No time goes back: a reader that pages by time and one that pages by arrival see the same.
        for event in new {
            if let Some(job) = &mut self.job {
                job.remember(&event.message);
            }
            self.last_at = self.last_at.max(event.at);
            self.events.push(self.last_at, |text| text.push_str(&event.message));
        }
    }

    /// Passes on what has been collected.
    pub(in super::super) fn flush(&mut self, environment: &Environment) {
        if !self.events.is_empty() {
            environment.host.logs.append(&environment.blueprint.log_stream, &mut self.events);
        }
    }

    pub(super) fn log_platform(
        &mut self,
        environment: &Environment,
        write: impl FnOnce(&mut String),
    ) {
        self.last_at = environment.now().max(self.last_at);
        let message = self.events.push(self.last_at, write);
        if let Some(job) = &mut self.job {
            job.remember(message);
        }
    }

    /// Ends the job: the rest of its output, END, REPORT, and a held answer.
    pub(super) fn report(&mut self, environment: &Environment, status: ReportStatus) {
        self.drain_to_the_end(environment);
        let Some(job) = &self.job else { return };
        let (request_id, timeout) = (job.request_id(), environment.timeout());
        // A timed-out invocation is shown as having taken exactly its timeout.
        let duration =
            if status == ReportStatus::Timeout { timeout } else { job.started.elapsed() };
        let peak_bytes = environment.jail.peak_memory_bytes().unwrap_or_default();
        let report = Report {
            request_id,
            duration,
            init_duration: self.init.unreported.take(),
            memory_mib: environment.blueprint.settings.memory_mib,
            max_memory_mib: peak_bytes
                .div_ceil(MIB)
                .min(u64::from(environment.blueprint.settings.memory_mib)),
            status,
        };
        self.log_platform(environment, |text| platform_log::end(text, request_id));
        self.log_platform(environment, |text| report.write(text));
        self.flush(environment);
        if let Some(job) = self.job.take() {
            job.finish();
        }
    }
}
