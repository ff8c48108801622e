//! The task that watches one environment: processes, output, connections, deadlines.

use std::{io, os::fd::AsFd, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use jail::JailEvent;
use tokio::{
    io::Interest,
    net::{TcpListener, TcpStream, UnixDatagram},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::task::TaskTracker;

use super::{Environment, blocking, ignition};
use crate::{logs::Pipes, runtime_api};

/// How long the last words of a runtime are listened to after its end. Its connections end with it,
/// unless it left a child that has inherited one, or the caller does not take what is streamed.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What the task owns.
pub(super) struct Driver {
    environment: Arc<Environment>,
    listener: TcpListener,
    /// The jail's events; tokio only waits for them, the jail reads them.
    events: UnixDatagram,
    /// The guest's connections that are being served.
    connections: TaskTracker,
}

// === impl Driver ===

impl Driver {
    pub(super) fn new(environment: Arc<Environment>, listener: TcpListener) -> io::Result<Self> {
        let events = environment.jail.as_fd().try_clone_to_owned()?;
        let events = std::os::unix::net::UnixDatagram::from(events);
        events.set_nonblocking(true)?;
        let events = UnixDatagram::from_std(events)?;
        Ok(Self { environment, listener, events, connections: TaskTracker::new() })
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
            event = self.process_event() => self.take_event(event).await,
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

    /// Waits for an event of the jail; `None` if there was none after all.
    async fn process_event(&self) -> io::Result<Option<JailEvent>> {
        self.events.readable().await?;
        match self.events.try_io(Interest::READABLE, || self.next_event()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            taken => taken.map(Some),
        }
    }

    fn next_event(&self) -> io::Result<JailEvent> {
        self.environment.jail.try_next_event()?.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    async fn take_event(&self, event: io::Result<Option<JailEvent>>) {
        let environment = &self.environment;
        match event {
            Ok(None) => {}
            Ok(Some(JailEvent::Exited { pid, ending, oom_killed })) => {
                if environment.core.lock().is_runtime(pid) {
                    self.hear_last_words().await;
                    environment.with_core(|core| core.exited(environment, pid, ending, oom_killed));
                }
            }
            Ok(Some(JailEvent::Gone)) => {
                tracing::error!(?environment, "the jail is gone");
                environment.close();
            }
            Err(error) => {
                tracing::error!(%error, ?environment, "lost sight of the jail");
                environment.close();
            }
        }
    }

    /// Takes what a runtime that is gone has still sent: it counts more than the exit, and the kernel
    /// tells of the exit by another way, which may be the faster one.
    async fn hear_last_words(&self) {
        while let Some(Ok((stream, _))) = self.listener.accept().now_or_never() {
            self.serve(stream);
        }
        self.connections.close();
        if timeout(LAST_WORDS, self.connections.wait()).await.is_err() {
            tracing::debug!(environment = ?self.environment, "a connection outlives its runtime");
        }
        self.connections.reopen();
    }

    fn serve(&self, stream: TcpStream) {
        let environment = Arc::clone(&self.environment);
        let generation = environment.core.lock().generation();
        let closing = environment.closing.clone();
        let tasks = environment.host.tasks.clone();
        tasks.spawn(self.connections.track_future(async move {
            tokio::select! {
                () = closing.cancelled() => {}
                () = runtime_api::serve(environment, generation, stream) => {}
            }
        }));
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
        let Self { environment, listener, events, .. } = self;
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
