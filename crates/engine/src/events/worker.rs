//! Working events off.

mod attempt;

use std::{collections::HashMap, sync::Arc};

use model::Limits;
use parking_lot::Mutex;
use store::{Clock, Leased, Queue, QueueError, QueueName};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{EventQueue, PREFIX};
use crate::{EngineConfig, Functions, Invoke};

/// What a worker is made of.
#[derive(Debug)]
pub struct EventParts {
    /// The events.
    pub events: EventQueue,
    /// Runs functions.
    pub invoke: Arc<dyn Invoke>,
    /// The functions.
    pub functions: Arc<Functions>,
    /// The limits in force.
    pub limits: Arc<Limits>,
    /// The operator's choices.
    pub config: EngineConfig,
    /// What every task is spawned on.
    pub tasks: TaskTracker,
}

/// Hands events to their functions, many at once, until each is done with.
#[derive(Debug)]
pub struct EventWorker {
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    invoke: Arc<dyn Invoke>,
    functions: Arc<Functions>,
    limits: Arc<Limits>,
    config: EngineConfig,
    tasks: TaskTracker,
    under_way: Mutex<HashMap<QueueName, usize>>,
}

// === impl EventWorker ===

impl EventWorker {
    /// Makes a worker; one of each store.
    pub fn new(parts: EventParts) -> Arc<Self> {
        let EventQueue { queue, clock, wake } = parts.events;
        Arc::new(Self {
            queue,
            clock,
            wake,
            invoke: parts.invoke,
            functions: parts.functions,
            limits: parts.limits,
            config: parts.config,
            tasks: parts.tasks,
            under_way: Mutex::default(),
        })
    }

    /// Works until `shutdown`. Attempts that are under way then end on tasks of their own; what does
    /// not end comes back after a restart.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "cannot look for asynchronous events");
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.wake.notified() => {}
                // Delays and leases run out without a word.
                () = tokio::time::sleep(self.config.event_poll) => {}
            }
        }
    }

    /// Begins an attempt for every event that there is room for.
    async fn look(self: &Arc<Self>) -> Result<(), QueueError> {
        for queue in self.queue.queues(PREFIX).await? {
            let room = self.room(&queue);
            if room == 0 {
                continue;
            }
            for leased in self.queue.lease(&queue, room, self.config.event_lease).await? {
                self.begin(queue.clone(), leased);
            }
        }
        Ok(())
    }

    /// Gives how many more events of a queue may be under way.
    fn room(&self, queue: &QueueName) -> usize {
        let under_way = self.under_way.lock();
        let of_queue = under_way.get(queue).copied().unwrap_or(0);
        let of_all: usize = under_way.values().sum();
        let per_function = self.config.events_per_function.saturating_sub(of_queue);
        per_function.min(self.config.events_at_once.saturating_sub(of_all))
    }

    fn begin(self: &Arc<Self>, queue: QueueName, leased: Leased) {
        let started = Started::new(Arc::clone(self), queue);
        self.tasks.spawn(async move {
            let (worker, queue) = (&started.worker, &started.queue);
            if let Err(error) = worker.attempt(queue, leased).await {
                // It comes back when its lease has run out.
                tracing::warn!(%error, %queue, "cannot settle an asynchronous event");
            }
        });
    }
}

/// An attempt that counts as under way until it is dropped.
struct Started {
    worker: Arc<EventWorker>,
    queue: QueueName,
}

// === impl Started ===

impl Started {
    fn new(worker: Arc<EventWorker>, queue: QueueName) -> Self {
        *worker.under_way.lock().entry(queue.clone()).or_default() += 1;
        Self { worker, queue }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let mut under_way = self.worker.under_way.lock();
        if let Some(count) = under_way.get_mut(&self.queue) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.queue);
            }
        }
        drop(under_way);
        // There is room for another one.
        self.worker.wake.notify_one();
    }
}

#[cfg(test)]
mod tests;
