//! Asynchronous events: accepted onto the disk, and worked off until the function has succeeded or
//! the event is given up. At least once, never zero times.
//!
//! Each function has a queue of its own, so that one which is slow or throttled holds up no other.

mod message;
mod worker;

use std::sync::Arc;

use model::names::{FunctionName, Region};
use store::{Clock, NameError, NewMessage, Queue, QueueError, QueueName};
use tokio::sync::Notify;

use crate::{Invocation, events::message::Event};

pub use worker::{EventParts, EventWorker};

/// The names of the queues begin with this.
const PREFIX: &str = "events/";

/// Takes events in; an [`EventWorker`] has to run beside it.
#[derive(Clone, Debug)]
pub struct EventQueue {
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    /// Tells the worker to look again.
    wake: Arc<Notify>,
}

/// Says why an event was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The function's queue cannot have this name.
    #[error("no queue can have the name of the function")]
    Name(#[from] NameError),
    /// The store failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

// === impl EventQueue ===

impl EventQueue {
    /// Makes a queue of events in a store.
    pub fn new(queue: Arc<dyn Queue>, clock: Arc<dyn Clock>) -> Self {
        Self { queue, clock, wake: Arc::new(Notify::new()) }
    }

    /// Accepts an event; when this returns it is on disk. Accepting an event twice adds it once.
    pub async fn accept(&self, invocation: Invocation) -> Result<(), AcceptError> {
        let event = Event::new(invocation, self.clock.now_ms());
        let queue = queue_name(event.region(), event.name())?;
        let message = NewMessage {
            id: event.id(),
            payload: event.encode(),
            delay: std::time::Duration::ZERO,
        };
        self.queue.enqueue(&queue, message).await?;
        self.wake.notify_one();
        Ok(())
    }
}

fn queue_name(region: &Region, function: &FunctionName) -> Result<QueueName, NameError> {
    format!("{PREFIX}{region}/{function}").parse()
}
