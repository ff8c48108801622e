//! Queues in maps.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::queue::{Lease, after_ms, age, check_size};
use crate::{
    Clock, DEDUPLICATION_WINDOW, Depth, Enqueued, Leased, MessageId, NewMessage, Queue, QueueError,
    QueueName, Receipt, Signal, Signals,
};

#[derive(Debug)]
pub(super) struct MemoryQueue {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    arrivals: Signals,
}

#[derive(Debug, Default)]
struct State {
    queues: BTreeMap<QueueName, Messages>,
    last_message: u64,
}

#[derive(Debug, Default)]
struct Messages {
    by_number: BTreeMap<u64, Message>,
    /// The ids of the messages that are here and of those that are remembered.
    ids: HashSet<MessageId>,
    /// Until when the id of each message that is gone is remembered, in milliseconds.
    remembered: BTreeSet<(i64, MessageId)>,
}

#[derive(Debug)]
struct Message {
    id: MessageId,
    payload: Bytes,
    enqueued_ms: i64,
    visible_ms: i64,
    leased: bool,
    attempts: u32,
}

// === impl MemoryQueue ===

impl MemoryQueue {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default(), arrivals: Signals::default() }
    }

    /// Applies `act` to the message that the receipt still holds.
    fn settle(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        act: impl FnOnce(&mut Message, i64),
    ) -> Result<(), QueueError> {
        let lease = Lease::parse(receipt)?;
        let now_ms = self.clock.now_ms();
        let mut state = self.state.lock();
        let message = state.queues.get_mut(queue).and_then(|q| q.by_number.get_mut(&lease.message));
        match message {
            Some(message) if message.leased && message.attempts == lease.attempt => {
                act(message, now_ms);
                Ok(())
            }
            _ => Err(QueueError::ReceiptExpired { receipt: receipt.clone() }),
        }
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn enqueue(
        &self,
        queue: &QueueName,
        message: NewMessage,
    ) -> Result<Enqueued, QueueError> {
        check_size(&message.payload)?;
        let now_ms = self.clock.now_ms();
        let mut state = self.state.lock();
        let number = state.last_message + 1;
        let messages = state.queues.entry(queue.clone()).or_default();
        messages.forget(now_ms);
        if !messages.ids.insert(message.id.clone()) {
            return Ok(Enqueued::Duplicate);
        }
        let visible_ms = after_ms(now_ms, message.delay);
        messages.by_number.insert(number, Message::new(message, now_ms, visible_ms));
        state.last_message = number;
        drop(state);
        self.arrivals.notify(queue.as_str());
        Ok(Enqueued::Added)
    }

    async fn lease(
        &self,
        queue: &QueueName,
        batch: usize,
        visibility: Duration,
    ) -> Result<Vec<Leased>, QueueError> {
        let now_ms = self.clock.now_ms();
        let mut state = self.state.lock();
        let Some(messages) = state.queues.get_mut(queue) else { return Ok(Vec::new()) };
        let mut ready: Vec<_> = messages
            .by_number
            .iter_mut()
            .filter(|(_, message)| message.visible_ms <= now_ms)
            .collect();
        ready.sort_by_key(|(number, message)| (message.visible_ms, **number));
        let until_ms = after_ms(now_ms, visibility);
        Ok(ready.into_iter().take(batch).map(|(n, message)| message.lease(*n, until_ms)).collect())
    }

    async fn ack(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        let lease = Lease::parse(receipt)?;
        let mut state = self.state.lock();
        let Some(messages) = state.queues.get_mut(queue) else { return Ok(()) };
        match messages.by_number.get(&lease.message) {
            None => Ok(()),
            Some(message) if message.leased && message.attempts == lease.attempt => {
                messages.remove(lease.message);
                Ok(())
            }
            Some(_) => Err(QueueError::ReceiptExpired { receipt: receipt.clone() }),
        }
    }

    async fn nack(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        delay: Duration,
    ) -> Result<(), QueueError> {
        self.settle(queue, receipt, |message, now_ms| {
            message.leased = false;
            message.visible_ms = after_ms(now_ms, delay);
        })?;
        self.arrivals.notify(queue.as_str());
        Ok(())
    }

    async fn extend(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        visibility: Duration,
    ) -> Result<(), QueueError> {
        self.settle(queue, receipt, |message, now_ms| {
            message.visible_ms = after_ms(now_ms, visibility);
        })
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, QueueError> {
        let now_ms = self.clock.now_ms();
        let state = self.state.lock();
        let mut depth = Depth::default();
        for message in state.queues.get(queue).into_iter().flat_map(|q| q.by_number.values()) {
            match (message.visible_ms <= now_ms, message.leased) {
                (true, _) => depth.ready += 1,
                (false, true) => depth.leased += 1,
                (false, false) => depth.delayed += 1,
            }
        }
        Ok(depth)
    }

    async fn oldest_age(&self, queue: &QueueName) -> Result<Option<Duration>, QueueError> {
        let now_ms = self.clock.now_ms();
        let state = self.state.lock();
        let messages = state.queues.get(queue).map(|q| q.by_number.values());
        let oldest_ms = messages.into_iter().flatten().map(|m| m.enqueued_ms).min();
        Ok(oldest_ms.map(|oldest_ms| age(oldest_ms, now_ms)))
    }

    async fn purge(&self, queue: &QueueName) -> Result<u64, QueueError> {
        let mut state = self.state.lock();
        let Some(messages) = state.queues.get_mut(queue) else { return Ok(0) };
        let numbers: Vec<u64> = messages.by_number.keys().copied().collect();
        for number in &numbers {
            messages.remove(*number);
        }
        Ok(numbers.len() as u64)
    }

    async fn queues(&self, prefix: &str) -> Result<Vec<QueueName>, QueueError> {
        let state = self.state.lock();
        let held = state.queues.iter().filter(|(_, messages)| !messages.by_number.is_empty());
        Ok(held.map(|(name, _)| name).filter(|n| n.as_str().starts_with(prefix)).cloned().collect())
    }

    async fn arrivals(&self, queue: &QueueName) -> Result<Signal, QueueError> {
        Ok(self.arrivals.subscribe(queue.as_str()))
    }
}

// === impl Messages ===

impl Messages {
    fn remove(&mut self, number: u64) {
        if let Some(message) = self.by_number.remove(&number) {
            let until_ms = after_ms(message.enqueued_ms, DEDUPLICATION_WINDOW);
            self.remembered.insert((until_ms, message.id));
        }
    }

    fn forget(&mut self, now_ms: i64) {
        while self.remembered.first().is_some_and(|(until_ms, _)| *until_ms <= now_ms) {
            let outlived = self.remembered.pop_first();
            outlived.map(|(_, id)| self.ids.remove(&id));
        }
    }
}

// === impl Message ===

impl Message {
    fn new(message: NewMessage, enqueued_ms: i64, visible_ms: i64) -> Self {
        let NewMessage { id, payload, delay: _ } = message;
        Self { id, payload, enqueued_ms, visible_ms, leased: false, attempts: 0 }
    }

    fn lease(&mut self, number: u64, until_ms: i64) -> Leased {
        self.leased = true;
        self.attempts += 1;
        self.visible_ms = until_ms;
        Leased {
            id: self.id.clone(),
            payload: self.payload.clone(),
            receipt: Lease { message: number, attempt: self.attempts }.receipt(),
            attempt: self.attempts,
            enqueued_ms: self.enqueued_ms,
        }
    }
}
