//! What callers can rely on when a call fails.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use store::{
    Enqueued, Expect, Key, MessageId, Migrate, NewMessage, QueueError, QueueName, RecordsError,
    Row, Table,
};
use testkit::{Fault, Subject};

#[derive(Serialize, Deserialize)]
struct Count(u32);

impl Migrate for Count {
    const VERSION: u32 = 1;
}

impl Row for Count {
    const NAME: &'static str = "count";
}

fn key() -> Key {
    Key::new("k").unwrap()
}

fn message() -> NewMessage {
    let id = MessageId::new("m").unwrap();
    NewMessage { id, payload: Bytes::new(), delay: Duration::ZERO }
}

#[tokio::test]
async fn a_put_whose_reply_was_lost_conflicts_with_itself_and_can_be_recognised() {
    for subject in [Subject::memory(), Subject::sqlite()] {
        let (subject, faults) = subject.with_faults();
        let records = &subject.stores.records;
        faults.fail_nth(1, Fault::LoseReply);
        let put = async || records.put(&key(), Bytes::from_static(b"mine"), Expect::Absent).await;
        assert!(put().await.unwrap_err().retryable());
        let error = put().await.unwrap_err();
        assert!(matches!(error, RecordsError::Conflict { current: Some(_), .. }));
        assert_eq!(records.get(&key()).await.unwrap().unwrap().value, "mine");
    }
}

#[tokio::test]
async fn a_refused_put_did_not_happen() {
    let (subject, faults) = Subject::sqlite().with_faults();
    let records = &subject.stores.records;
    faults.fail_nth(1, Fault::Refuse);
    let put = async || records.put(&key(), Bytes::from_static(b"mine"), Expect::Absent).await;
    assert!(put().await.unwrap_err().retryable());
    put().await.unwrap();
    assert_eq!((faults.calls(), faults.injected()), (2, 1));
}

#[tokio::test]
async fn an_enqueue_and_an_ack_whose_replies_were_lost_can_be_repeated() {
    for subject in [Subject::memory(), Subject::sqlite()] {
        let (subject, faults) = subject.with_faults();
        let (queue, name) = (&subject.stores.queue, QueueName::new("q").unwrap());
        faults.fail_nth(1, Fault::LoseReply);
        assert!(queue.enqueue(&name, message()).await.unwrap_err().retryable());
        assert_eq!(queue.enqueue(&name, message()).await.unwrap(), Enqueued::Duplicate);
        let leased = queue.lease(&name, 10, Duration::from_secs(1)).await.unwrap();
        assert_eq!(leased.len(), 1);
        faults.fail_nth(1, Fault::LoseReply);
        assert!(queue.ack(&name, &leased[0].receipt).await.is_err());
        queue.ack(&name, &leased[0].receipt).await.unwrap();
    }
}

#[tokio::test]
async fn a_nack_whose_reply_was_lost_expires_its_receipt() {
    let (subject, faults) = Subject::sqlite().with_faults();
    let (queue, name) = (&subject.stores.queue, QueueName::new("q").unwrap());
    queue.enqueue(&name, message()).await.unwrap();
    let leased = queue.lease(&name, 1, Duration::from_secs(1)).await.unwrap();
    faults.fail_nth(1, Fault::LoseReply);
    let nack = || queue.nack(&name, &leased[0].receipt, Duration::ZERO);
    assert!(nack().await.unwrap_err().retryable());
    assert!(matches!(nack().await, Err(QueueError::ReceiptExpired { .. })));
}

#[tokio::test]
async fn messages_of_a_lease_whose_reply_was_lost_come_back() {
    let (subject, faults) = Subject::sqlite().with_faults();
    let (queue, name) = (&subject.stores.queue, QueueName::new("q").unwrap());
    queue.enqueue(&name, message()).await.unwrap();
    faults.fail_nth(1, Fault::LoseReply);
    let visibility = Duration::from_secs(1);
    assert!(queue.lease(&name, 1, visibility).await.is_err());
    assert!(queue.lease(&name, 1, visibility).await.unwrap().is_empty());
    subject.clock.advance(visibility);
    assert_eq!(queue.lease(&name, 1, visibility).await.unwrap()[0].attempt, 2);
}

#[tokio::test]
async fn after_a_crash_everything_is_refused_until_recovery() {
    let (subject, faults) = Subject::memory().with_faults();
    let records = &subject.stores.records;
    faults.crash_at_nth(2, Fault::LoseReply);
    records.put(&key(), Bytes::from_static(b"1"), Expect::Any).await.unwrap();
    records.put(&key(), Bytes::from_static(b"2"), Expect::Any).await.unwrap_err();
    records.put(&key(), Bytes::from_static(b"3"), Expect::Any).await.unwrap_err();
    assert!(subject.stores.blobs.list().await.is_err(), "all ports crash together");
    faults.heal();
    assert_eq!(records.get(&key()).await.unwrap().unwrap().value, "2");
}

#[tokio::test]
async fn a_table_shows_a_write_whose_reply_was_lost() {
    let (subject, faults) = Subject::sqlite().with_faults();
    let table = Table::<Count>::open(Arc::clone(&subject.stores.records)).await.unwrap();
    faults.fail_nth(1, Fault::LoseReply);
    let before = *table.view().subscribe().borrow();
    assert!(table.put("n", &Count(7), Expect::Any).await.unwrap_err().retryable());
    let mut applied = table.view().subscribe();
    applied.wait_for(|applied| *applied > before).await.unwrap();
    assert_eq!(table.get("n").unwrap().value.0, 7);
}

#[tokio::test]
async fn updates_repeated_after_refusals_count_exactly_once_each() {
    let (subject, faults) = Subject::memory().with_faults();
    let table = Table::<Count>::open(Arc::clone(&subject.stores.records)).await.unwrap();
    faults.fail_randomly(0.4, 3, Fault::Refuse);
    for _ in 0..50 {
        let increment =
            |count: Option<&Count>| Ok(Some(Count(count.map_or(0, |count| count.0) + 1)));
        while let Err(error) = table.update("n", increment).await {
            let error: store::TableError = error;
            assert!(error.retryable());
        }
    }
    assert!(faults.injected() > 10);
    assert_eq!(table.get("n").unwrap().value.0, 50);
}
