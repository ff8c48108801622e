//! The task that watches one environment: processes, output, connections, deadlines.

use std::{io, os::fd::AsFd, sync::Arc};

use jail::JailEvent;
use tokio::{
    io::Interest,
    net::{TcpListener, UnixDatagram},
    time::{Instant, sleep_until},
};

use super::{Environment, blocking, ignition};
use crate::{logs::Pipes, runtime_api};

/// What the task owns.
pub(super) struct Driver {
    environment: Arc<Environment>,
    listener: TcpListener,
    /// The jail's events; tokio only waits for them, the jail reads them.
    events: UnixDatagram,
}

// === impl Driver ===

impl Driver {
    pub(super) fn new(environment: Arc<Environment>, listener: TcpListener) -> io::Result<Self> {
        let events = environment.jail.as_fd().try_clone_to_owned()?;
        let events = std::os::unix::net::UnixDatagram::from(events);
        events.set_nonblocking(true)?;
        let events = UnixDatagram::from_std(events)?;
        Ok(Self { environment, listener, events })
    }

    pub(super) async fn run(self) {
        while !self.environment.closing.is_cancelled() {
            if self.environment.core.lock().is_dirty() {
                self.clean().await;
            } else if self.environment.core.lock().wants_runtime() {
                self.start_again().await;
            } else {
                self.watch().await;
            }
        }
        self.end().await;
    }

    /// Waits for one thing to happen and takes it to the core.
    async fn watch(&self) {
        let environment = &self.environment;
        let (readiness, look_again) = {
            let core = environment.core.lock();
            let readiness = core.pipes().map(Pipes::readiness).unwrap_or_default();
            (readiness, core.look_again(environment, Instant::now()))
        };
        tokio::select! {
            () = environment.closing.cancelled() => {}
            () = environment.attention.notified() => {}
            () = self.process_events() => {}
            () = readiness.wait() => environment.with_core(|core| {
                core.drain(environment);
                core.flush(environment);
            }),
            accepted = self.listener.accept() => match accepted {
                Ok((stream, _)) => self.serve(stream),
                Err(error) => tracing::warn!(%error, ?environment, "cannot accept a connection"),
            },
            () = at(look_again) => {
                environment.with_core(|core| core.check_deadline(environment, Instant::now()));
            }
        }
    }

    async fn process_events(&self) {
        let environment = &self.environment;
        let ready = self.events.readable().await;
        let taken =
            ready.and_then(|()| self.events.try_io(Interest::READABLE, || self.next_event()));
        match taken {
            Ok(event) => self.take_event(event),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                tracing::error!(%error, ?environment, "lost sight of the jail");
                environment.close();
            }
        }
    }

    fn next_event(&self) -> io::Result<JailEvent> {
        self.environment.jail.try_next_event()?.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    fn take_event(&self, event: JailEvent) {
        let environment = &self.environment;
        match event {
            JailEvent::Exited { pid, ending, oom_killed } => {
                environment.with_core(|core| core.exited(environment, pid, ending, oom_killed));
            }
            JailEvent::Gone => {
                tracing::error!(?environment, "the jail is gone");
                environment.close();
            }
        }
    }

    fn serve(&self, stream: tokio::net::TcpStream) {
        let environment = Arc::clone(&self.environment);
        let generation = environment.core.lock().generation();
        let closing = environment.closing.clone();
        let tasks = environment.host.tasks.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = closing.cancelled() => {}
                () = runtime_api::serve(environment, generation, stream) => {}
            }
        });
    }

    async fn clean(&self) {
        let environment = Arc::clone(&self.environment);
        let ended =
            blocking(&self.environment.host.tasks, move || environment.jail.kill_all()).await;
        if let Ok(Err(error)) = ended {
            tracing::error!(%error, environment = ?self.environment, "cannot end a guest's processes");
            self.environment.close();
        }
        self.environment.with_core(super::core::Core::cleaned);
    }

    /// Starts a runtime in place of one that was lost.
    async fn start_again(&self) {
        let shared = Arc::clone(&self.environment);
        let started = move || ignition::start_runtime(&shared);
        if blocking(&self.environment.host.tasks, started).await.is_err() {
            self.environment.close();
        }
    }

    async fn end(self) {
        let Self { environment, listener, events } = self;
        drop((listener, events));
        environment.core.lock().close(&environment);
        let tasks = environment.host.tasks.clone();
        let ended = blocking(&tasks, move || environment.jail.destroy()).await;
        if let Ok(Err(error)) = ended {
            tracing::error!(%error, "cannot give back everything that an environment took");
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
