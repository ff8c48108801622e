//! A queue against a list of messages.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use store::{
    Clock, DEDUPLICATION_WINDOW, Depth, Enqueued, Leased, MessageId, NewMessage, Queue, QueueError,
    QueueName, Receipt,
};

use super::check;
use crate::{ManualClock, Subject};

#[derive(Clone, Debug)]
enum Act {
    Enqueue {
        id: u8,
        delay_s: u64,
    },
    Lease {
        batch: usize,
        visibility_s: u64,
    },
    /// Acks, by the receipt of any lease so far.
    Ack {
        lease: usize,
    },
    Nack {
        lease: usize,
        delay_s: u64,
    },
    Extend {
        lease: usize,
        visibility_s: u64,
    },
    Advance {
        by_s: u64,
    },
}

/// A message that was ever enqueued.
#[derive(Debug)]
struct Message {
    id: String,
    enqueued_ms: i64,
    visible_ms: i64,
    attempts: u32,
    leased: bool,
    gone: bool,
}

/// A lease that was ever given: which message, which attempt, and its receipt.
struct Given {
    message: usize,
    attempt: u32,
    receipt: Receipt,
}

#[derive(Default)]
struct Model {
    messages: Vec<Message>,
    given: Vec<Given>,
}

/// Checks `cases` random lists of acts on stores from `make`.
pub fn queue_agrees_with_its_model(make: fn() -> Subject, cases: u32) {
    check(cases, act(), make, &async |subject: &Subject, acts| {
        let mut model = Model::default();
        for act in acts {
            model.step(&*subject.stores.queue, &subject.clock, act).await;
            model.compare(&*subject.stores.queue, subject.clock.now_ms()).await;
        }
    });
}

fn act() -> impl Strategy<Value = Act> {
    let seconds = prop_oneof![Just(0_u64), 1..20_u64];
    let lease = 0..1000_usize;
    prop_oneof![
        4 => (0..6_u8, seconds.clone()).prop_map(|(id, delay_s)| Act::Enqueue { id, delay_s }),
        4 => (0..4_usize, 1..20_u64)
            .prop_map(|(batch, visibility_s)| Act::Lease { batch, visibility_s }),
        3 => lease.clone().prop_map(|lease| Act::Ack { lease }),
        2 => (lease.clone(), seconds).prop_map(|(lease, delay_s)| Act::Nack { lease, delay_s }),
        1 => (lease, 1..20_u64)
            .prop_map(|(lease, visibility_s)| Act::Extend { lease, visibility_s }),
        3 => prop_oneof![4 => 1..12_u64, 1 => Just(DEDUPLICATION_WINDOW.as_secs())]
            .prop_map(|by_s| Act::Advance { by_s }),
    ]
}

impl Model {
    async fn step(&mut self, queue: &dyn Queue, clock: &ManualClock, act: Act) {
        let now_ms = clock.now_ms();
        match act {
            Act::Enqueue { id, delay_s } => self.enqueue(queue, now_ms, id, delay_s).await,
            Act::Lease { batch, visibility_s } => {
                let visibility = Duration::from_secs(visibility_s);
                let leased = queue.lease(&name(), batch, visibility).await.unwrap();
                self.lease(batch, leased, now_ms, later(now_ms, visibility_s));
            }
            Act::Ack { lease } => {
                let Some((receipt, held)) = self.pick(lease) else { return };
                let answer = queue.ack(&name(), &receipt).await;
                match held {
                    Ok(message) => {
                        answer.unwrap();
                        message.gone = true;
                    }
                    Err(true) => answer.unwrap(),
                    Err(false) => assert_expired(&answer),
                }
            }
            Act::Nack { lease, delay_s } => {
                let Some((receipt, held)) = self.pick(lease) else { return };
                let answer = queue.nack(&name(), &receipt, Duration::from_secs(delay_s)).await;
                if let Ok(message) = held {
                    answer.unwrap();
                    message.leased = false;
                    message.visible_ms = later(now_ms, delay_s);
                } else {
                    assert_expired(&answer);
                }
            }
            Act::Extend { lease, visibility_s } => {
                let Some((receipt, held)) = self.pick(lease) else { return };
                let visibility = Duration::from_secs(visibility_s);
                let answer = queue.extend(&name(), &receipt, visibility).await;
                if let Ok(message) = held {
                    answer.unwrap();
                    message.visible_ms = later(now_ms, visibility_s);
                } else {
                    assert_expired(&answer);
                }
            }
            Act::Advance { by_s } => clock.advance(Duration::from_secs(by_s)),
        }
    }

    async fn enqueue(&mut self, queue: &dyn Queue, now_ms: i64, id: u8, delay_s: u64) {
        let id = format!("m{id}");
        let window_ms = i64::try_from(DEDUPLICATION_WINDOW.as_millis()).unwrap();
        let known = self.messages.iter().any(|message| {
            message.id == id && (!message.gone || now_ms < message.enqueued_ms + window_ms)
        });
        let message = NewMessage {
            id: MessageId::new(&id).unwrap(),
            payload: Bytes::from(id.clone()),
            delay: Duration::from_secs(delay_s),
        };
        let answer = queue.enqueue(&name(), message).await.unwrap();
        assert_eq!(answer, if known { Enqueued::Duplicate } else { Enqueued::Added });
        if !known {
            self.messages.push(Message {
                id,
                enqueued_ms: now_ms,
                visible_ms: later(now_ms, delay_s),
                attempts: 0,
                leased: false,
                gone: false,
            });
        }
    }

    /// The contract promises no order, so any choice among the ready messages is right.
    fn lease(&mut self, batch: usize, leased: Vec<Leased>, now_ms: i64, until_ms: i64) {
        let ready = self.messages.iter().filter(|m| !m.gone && m.visible_ms <= now_ms).count();
        assert_eq!(leased.len(), ready.min(batch));
        for Leased { id, payload, receipt, attempt, enqueued_ms } in leased {
            let position = self.messages.iter().position(|m| !m.gone && m.id == id.as_str());
            let position = position.expect("a leased message was enqueued and is not gone");
            let message = &mut self.messages[position];
            assert!(message.visible_ms <= now_ms, "leased while invisible");
            message.attempts += 1;
            message.leased = true;
            message.visible_ms = until_ms;
            assert_eq!((attempt, enqueued_ms), (message.attempts, message.enqueued_ms));
            assert_eq!(payload, message.id.as_bytes());
            self.given.push(Given { message: position, attempt, receipt });
        }
    }

    /// Picks a receipt, and its message if the receipt is good; else tells whether it is gone.
    fn pick(&mut self, lease: usize) -> Option<(Receipt, Result<&mut Message, bool>)> {
        let index = lease.checked_rem(self.given.len())?;
        let given = &self.given[index];
        let message = &mut self.messages[given.message];
        let good = !message.gone && message.leased && message.attempts == given.attempt;
        let gone = message.gone;
        Some((given.receipt.clone(), if good { Ok(message) } else { Err(gone) }))
    }

    async fn compare(&self, queue: &dyn Queue, now_ms: i64) {
        let mut depth = Depth::default();
        for message in self.messages.iter().filter(|message| !message.gone) {
            let counter = match (message.visible_ms <= now_ms, message.leased) {
                (true, _) => &mut depth.ready,
                (false, true) => &mut depth.leased,
                (false, false) => &mut depth.delayed,
            };
            *counter += 1;
        }
        assert_eq!(queue.depth(&name()).await.unwrap(), depth);
    }
}

fn name() -> QueueName {
    QueueName::new("q").unwrap()
}

fn later(now_ms: i64, by_s: u64) -> i64 {
    now_ms + i64::try_from(by_s * 1000).unwrap()
}

fn assert_expired(answer: &Result<(), QueueError>) {
    assert!(matches!(answer, Err(QueueError::ReceiptExpired { .. })), "{answer:?}");
}
