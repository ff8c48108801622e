//! The promises of [`store::Queue`].

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use store::{
    DEDUPLICATION_WINDOW, Depth, Enqueued, Leased, MAX_PAYLOAD_BYTES, MessageId, NewMessage, Queue,
    QueueError, QueueName, Receipt,
};

use crate::Subject;

const SECOND: Duration = Duration::from_secs(1);
const LEASE: Duration = Duration::from_secs(30);
const ALMOST_LEASE: Duration = Duration::from_secs(29);

fn name(text: &str) -> QueueName {
    QueueName::new(text).expect("tests use valid names")
}

fn message(id: &str, delay: Duration) -> NewMessage {
    let id = MessageId::new(id).expect("tests use valid ids");
    let payload = Bytes::from(format!("payload of {id}"));
    NewMessage { id, payload, delay }
}

async fn add(queue: &dyn Queue, to: &str, id: &str) -> Enqueued {
    queue.enqueue(&name(to), message(id, Duration::ZERO)).await.unwrap()
}

async fn lease_one(queue: &dyn Queue, from: &str) -> Option<Leased> {
    let mut leased = queue.lease(&name(from), 1, LEASE).await.unwrap();
    assert!(leased.len() <= 1);
    leased.pop()
}

/// The life of a message that nothing goes wrong with.
pub async fn a_message_is_leased_once_and_gone_after_its_ack(subject: &Subject) {
    let queue = &*subject.stores.queue;
    assert!(lease_one(queue, "q").await.is_none());
    assert_eq!(add(queue, "q", "m").await, Enqueued::Added);
    assert!(lease_one(queue, "other").await.is_none());
    let leased = lease_one(queue, "q").await.unwrap();
    assert_eq!((leased.id.as_str(), leased.attempt), ("m", 1));
    assert_eq!(leased.payload, "payload of m");
    assert!(lease_one(queue, "q").await.is_none());
    queue.ack(&name("q"), &leased.receipt).await.unwrap();
    queue.ack(&name("q"), &leased.receipt).await.expect("a repeated ack is no error");
    subject.clock.advance(2 * LEASE);
    assert!(lease_one(queue, "q").await.is_none());
}

/// Deduplication by id.
pub async fn an_id_is_remembered_while_its_message_is_there_and_for_the_window(subject: &Subject) {
    let queue = &*subject.stores.queue;
    add(queue, "q", "m").await;
    assert_eq!(add(queue, "q", "m").await, Enqueued::Duplicate);
    assert_eq!(add(queue, "other", "m").await, Enqueued::Added);
    subject.clock.advance(2 * DEDUPLICATION_WINDOW);
    assert_eq!(add(queue, "q", "m").await, Enqueued::Duplicate, "its message is still there");
    assert_eq!(add(queue, "q", "n").await, Enqueued::Added);
    for leased in queue.lease(&name("q"), 10, LEASE).await.unwrap() {
        queue.ack(&name("q"), &leased.receipt).await.unwrap();
    }
    assert_eq!(add(queue, "q", "m").await, Enqueued::Added);
    subject.clock.advance(DEDUPLICATION_WINDOW.saturating_sub(SECOND));
    assert_eq!(add(queue, "q", "n").await, Enqueued::Duplicate, "its window has not passed");
    subject.clock.advance(DEDUPLICATION_WINDOW);
    assert_eq!(add(queue, "q", "n").await, Enqueued::Added);
}

/// A delay holds a message back.
pub async fn a_delayed_message_waits(subject: &Subject) {
    let queue = &*subject.stores.queue;
    queue.enqueue(&name("q"), message("late", 10 * SECOND)).await.unwrap();
    queue.enqueue(&name("q"), message("soon", Duration::ZERO)).await.unwrap();
    assert_eq!(lease_one(queue, "q").await.unwrap().id.as_str(), "soon");
    subject.clock.advance(9 * SECOND);
    assert!(lease_one(queue, "q").await.is_none());
    subject.clock.advance(SECOND);
    assert_eq!(lease_one(queue, "q").await.unwrap().id.as_str(), "late");
}

/// A worker that dies loses no message.
pub async fn a_lost_lease_comes_back_with_the_next_attempt(subject: &Subject) {
    let queue = &*subject.stores.queue;
    add(queue, "q", "m").await;
    let first = lease_one(queue, "q").await.unwrap();
    subject.clock.advance(LEASE);
    let second = lease_one(queue, "q").await.unwrap();
    assert_eq!((first.attempt, second.attempt), (1, 2));
    assert_eq!((first.id, first.enqueued_ms), (second.id, second.enqueued_ms));
    assert_ne!(first.receipt, second.receipt);
}

/// A worker that was presumed dead cannot interfere.
pub async fn an_overtaken_receipt_changes_nothing(subject: &Subject) {
    let queue = &*subject.stores.queue;
    add(queue, "q", "m").await;
    let first = lease_one(queue, "q").await.unwrap();
    subject.clock.advance(LEASE);
    let second = lease_one(queue, "q").await.unwrap();
    let stale = &first.receipt;
    let expired = |result| matches!(result, Err(QueueError::ReceiptExpired { .. }));
    assert!(expired(queue.ack(&name("q"), stale).await));
    assert!(expired(queue.nack(&name("q"), stale, Duration::ZERO).await));
    assert!(expired(queue.extend(&name("q"), stale, 10 * LEASE).await));
    assert!(lease_one(queue, "q").await.is_none(), "the second lease still runs");
    queue.ack(&name("q"), &second.receipt).await.unwrap();
    assert!(expired(queue.nack(&name("q"), &second.receipt, Duration::ZERO).await));
    assert_eq!(queue.depth(&name("q")).await.unwrap(), Depth::default());
}

/// Work that was done late is not done twice without need.
pub async fn a_late_ack_that_nobody_overtook_counts(subject: &Subject) {
    let queue = &*subject.stores.queue;
    add(queue, "q", "m").await;
    let leased = lease_one(queue, "q").await.unwrap();
    subject.clock.advance(2 * LEASE);
    queue.ack(&name("q"), &leased.receipt).await.unwrap();
    assert!(lease_one(queue, "q").await.is_none());
}

/// Giving back ends the lease and its receipt.
pub async fn a_nacked_message_comes_back_after_its_delay(subject: &Subject) {
    let queue = &*subject.stores.queue;
    add(queue, "q", "m").await;
    let first = lease_one(queue, "q").await.unwrap();
    queue.nack(&name("q"), &first.receipt, 5 * SECOND).await.unwrap();
    assert!(queue.ack(&name("q"), &first.receipt).await.is_err());
    assert!(lease_one(queue, "q").await.is_none());
    subject.clock.advance(5 * SECOND);
    let second = lease_one(queue, "q").await.unwrap();
    assert_eq!(second.attempt, 2);
    queue.nack(&name("q"), &second.receipt, Duration::ZERO).await.unwrap();
    assert_eq!(lease_one(queue, "q").await.unwrap().attempt, 3);
}

/// Extending counts from now.
pub async fn an_extended_lease_lasts(subject: &Subject) {
    let queue = &*subject.stores.queue;
    add(queue, "q", "m").await;
    let leased = lease_one(queue, "q").await.unwrap();
    subject.clock.advance(ALMOST_LEASE);
    queue.extend(&name("q"), &leased.receipt, LEASE).await.unwrap();
    subject.clock.advance(ALMOST_LEASE);
    assert!(lease_one(queue, "q").await.is_none());
    subject.clock.advance(SECOND);
    assert_eq!(lease_one(queue, "q").await.unwrap().attempt, 2);
}

/// A made-up receipt does no harm.
pub async fn a_receipt_of_another_store_is_refused(subject: &Subject) {
    let queue = &*subject.stores.queue;
    add(queue, "q", "m").await;
    let receipt = Receipt::new("not-a-receipt").unwrap();
    let error = queue.ack(&name("q"), &receipt).await.unwrap_err();
    assert!(matches!(error, QueueError::ReceiptInvalid { .. }));
    let leased = lease_one(queue, "q").await.unwrap();
    queue.ack(&name("other"), &leased.receipt).await.expect("there it is not, so it is gone");
    assert_eq!(queue.depth(&name("q")).await.unwrap().leased, 1);
}

/// Counting and ageing.
pub async fn depth_and_age_tell_what_is_there(subject: &Subject) {
    let queue = &*subject.stores.queue;
    assert_eq!(queue.depth(&name("q")).await.unwrap(), Depth::default());
    assert_eq!(queue.oldest_age(&name("q")).await.unwrap(), None);
    add(queue, "q", "a").await;
    subject.clock.advance(SECOND);
    add(queue, "q", "b").await;
    queue.enqueue(&name("q"), message("c", 10 * SECOND)).await.unwrap();
    add(queue, "other", "z").await;
    let leased = lease_one(queue, "q").await.unwrap();
    let depth = queue.depth(&name("q")).await.unwrap();
    assert_eq!(depth, Depth { ready: 1, delayed: 1, leased: 1 });
    subject.clock.advance(SECOND);
    assert_eq!(queue.oldest_age(&name("q")).await.unwrap(), Some(2 * SECOND));
    assert_eq!(leased.id.as_str(), "a");
    queue.ack(&name("q"), &leased.receipt).await.unwrap();
    assert_eq!(queue.oldest_age(&name("q")).await.unwrap(), Some(SECOND));
    subject.clock.advance(LEASE);
    assert_eq!(queue.depth(&name("q")).await.unwrap(), Depth { ready: 2, ..Depth::default() });
}

/// Emptying a queue.
pub async fn a_purged_queue_is_empty_and_not_listed(subject: &Subject) {
    let queue = &*subject.stores.queue;
    for to in ["q/b", "q/a", "r"] {
        add(queue, to, "m").await;
        add(queue, to, "n").await;
    }
    assert_eq!(queue.queues("q/").await.unwrap(), [name("q/a"), name("q/b")]);
    let leased = lease_one(queue, "q/a").await.unwrap();
    assert_eq!(queue.purge(&name("q/a")).await.unwrap(), 2);
    assert_eq!(queue.purge(&name("q/a")).await.unwrap(), 0);
    assert_eq!(queue.queues("").await.unwrap(), [name("q/b"), name("r")]);
    queue.ack(&name("q/a"), &leased.receipt).await.expect("what is gone counts as acked");
    subject.clock.advance(2 * LEASE);
    assert!(lease_one(queue, "q/a").await.is_none());
}

/// No message is on two leases at a time.
pub async fn concurrent_workers_share_no_lease(subject: &Subject) {
    let queue = &*subject.stores.queue;
    for number in 0..60 {
        add(queue, "q", &number.to_string()).await;
    }
    let of_q = name("q");
    let work = || async {
        let mut ids = Vec::new();
        loop {
            let leased = queue.lease(&of_q, 7, LEASE).await.unwrap();
            if leased.is_empty() {
                return ids;
            }
            assert!(leased.len() <= 7);
            ids.extend(leased.into_iter().map(|message| message.id.to_string()));
        }
    };
    let leased: Vec<String> =
        join_all((0..6).map(|_| work())).await.into_iter().flatten().collect();
    assert_eq!(leased.len(), 60);
    assert_eq!(leased.into_iter().collect::<BTreeSet<_>>().len(), 60);
}

/// Workers need not poll for what was just enqueued.
pub async fn an_arrival_wakes_and_is_not_missed(subject: &Subject) {
    let queue = &*subject.stores.queue;
    let mut arrivals = queue.arrivals(&name("q")).await.unwrap();
    add(queue, "q", "m").await;
    assert!(arrivals.wait().await);
    let leased = lease_one(queue, "q").await.unwrap();
    queue.nack(&name("q"), &leased.receipt, Duration::ZERO).await.unwrap();
    assert!(arrivals.wait().await);
    add(queue, "other", "m").await;
    let wait = std::pin::pin!(arrivals.wait());
    assert!(futures_util::FutureExt::now_or_never(wait).is_none(), "another queue's arrival");
}

/// A payload that the weakest backend cannot hold is refused by all.
pub async fn an_oversized_payload_is_refused(subject: &Subject) {
    let queue = &*subject.stores.queue;
    let mut large = message("m", Duration::ZERO);
    large.payload = Bytes::from(vec![0; MAX_PAYLOAD_BYTES + 1]);
    let error = queue.enqueue(&name("q"), large.clone()).await.unwrap_err();
    assert!(matches!(error, QueueError::TooLarge { .. }));
    large.payload.truncate(MAX_PAYLOAD_BYTES);
    queue.enqueue(&name("q"), large.clone()).await.unwrap();
    assert_eq!(lease_one(queue, "q").await.unwrap().payload, large.payload);
}
