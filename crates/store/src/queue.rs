//! The queue port: messages that are worked off at least once.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::name::{name, visible_ascii};
use crate::{BackendError, Signal};

/// The longest payload that a message may carry: the largest event that AWS takes, and what goes with
/// it. Larger ones go to [`Blobs`](crate::Blobs).
pub const MAX_PAYLOAD_BYTES: usize = 1024 * 1024 + 64 * 1024;

/// How long after its enqueue the id of a message is remembered at least.
pub const DEDUPLICATION_WINDOW: Duration = Duration::from_secs(5 * 60);

name! {
    /// The name of a queue: 1 to 512 visible ASCII characters.
    QueueName, "queue name", 512, visible_ascii
}

name! {
    /// The identity of a message within its queue: 1 to 128 visible ASCII characters.
    MessageId, "message id", 128, visible_ascii
}

name! {
    /// The proof of one lease of one message; opaque to callers.
    Receipt, "receipt", 512, visible_ascii
}

/// A message to be enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The identity by which repeated enqueues are recognised.
    pub id: MessageId,
    /// What the message carries.
    pub payload: Bytes,
    /// How long the message stays invisible.
    pub delay: Duration,
}

/// Whether an enqueue added a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// The message is in the queue now.
    Added,
    /// A message of this id was enqueued before; nothing was changed.
    Duplicate,
}

/// A message on lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// The identity that the message was enqueued with.
    pub id: MessageId,
    /// What the message carries.
    pub payload: Bytes,
    /// The proof of this lease.
    pub receipt: Receipt,
    /// How many times the message has been leased, this lease included.
    pub attempt: u32,
    /// When the message was enqueued, in milliseconds since the Unix epoch.
    pub enqueued_ms: i64,
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Messages that a lease would return now.
    pub ready: u64,
    /// Messages whose delay has not passed.
    pub delayed: u64,
    /// Messages on lease.
    pub leased: u64,
}

/// Many named queues; a queue exists while it holds messages and needs no creation.
///
/// # Contract
///
/// *Delivery.* Every acknowledged enqueue is leased until it is acked, across restarts. A lease
/// ends with ack, nack, or when its visibility runs out; then the message is leased again with the
/// next attempt number. Messages come roughly in the order in which they became visible; callers
/// rely on no order.
///
/// *Deduplication.* An id is remembered while its message is in the queue, and for at least
/// [`DEDUPLICATION_WINDOW`] after the enqueue.
///
/// *Receipts.* A receipt is good until its message is leased again, acked, nacked or purged, so a
/// late ack that no one has overtaken counts. Using a receipt that was overtaken answers
/// [`QueueError::ReceiptExpired`] and changes nothing.
///
/// *Idempotence.* Enqueue and ack may be repeated after a retryable error: the repeated enqueue
/// answers [`Enqueued::Duplicate`], the repeated ack answers `Ok`. A lease that failed may have
/// leased messages, which come back after their visibility. A nack that failed may have happened;
/// its repetition then answers [`QueueError::ReceiptExpired`].
///
/// *Cancellation.* As with a retryable error: the act happened entirely or not at all.
#[async_trait]
pub trait Queue: Debug + Send + Sync {
    /// Adds a message unless its id is known.
    async fn enqueue(&self, queue: &QueueName, message: NewMessage)
    -> Result<Enqueued, QueueError>;

    /// Leases up to `batch` ready messages for `visibility`; answers at once, with none if none is
    /// ready.
    async fn lease(
        &self,
        queue: &QueueName,
        batch: usize,
        visibility: Duration,
    ) -> Result<Vec<Leased>, QueueError>;

    /// Removes a leased message for good; `Ok` too if it is already gone.
    async fn ack(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError>;

    /// Gives a leased message back, to become ready after `delay`.
    async fn nack(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        delay: Duration,
    ) -> Result<(), QueueError>;

    /// Lets a lease run for `visibility` from now.
    async fn extend(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        visibility: Duration,
    ) -> Result<(), QueueError>;

    /// Counts the messages in a queue.
    async fn depth(&self, queue: &QueueName) -> Result<Depth, QueueError>;

    /// Returns how long ago the oldest message still in the queue was enqueued.
    async fn oldest_age(&self, queue: &QueueName) -> Result<Option<Duration>, QueueError>;

    /// Removes every message of a queue, leased ones too, and returns how many there were.
    async fn purge(&self, queue: &QueueName) -> Result<u64, QueueError>;

    /// Lists, in order, the queues that hold messages and whose name starts with `prefix`.
    async fn queues(&self, prefix: &str) -> Result<Vec<QueueName>, QueueError>;

    /// Returns a signal that wakes when a message is added to the queue or given back.
    ///
    /// It does not wake when a delay or a lease runs out: workers also look periodically.
    async fn arrivals(&self, queue: &QueueName) -> Result<Signal, QueueError>;
}

/// Why a queue operation did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QueueError {
    /// The message was leased to someone else, or given back, since the receipt was made.
    #[error("receipt {receipt} is no longer good")]
    ReceiptExpired {
        /// The refused receipt.
        receipt: Receipt,
    },
    /// The receipt was not made by this store.
    #[error("receipt {receipt} is not known")]
    ReceiptInvalid {
        /// The refused receipt.
        receipt: Receipt,
    },
    /// The payload is longer than [`MAX_PAYLOAD_BYTES`].
    #[error("a payload of {length_bytes} bytes exceeds {MAX_PAYLOAD_BYTES}")]
    TooLarge {
        /// How long the refused payload is.
        length_bytes: usize,
    },
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl QueueError {
    /// Tells whether the same call may succeed later; see the idempotence rule of [`Queue`].
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Backend(error) if error.retryable())
    }
}

/// Refuses a payload that no backend has to accept.
pub(crate) fn check_size(payload: &Bytes) -> Result<(), QueueError> {
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(QueueError::TooLarge { length_bytes: payload.len() });
    }
    Ok(())
}

/// The receipt of the embedded backends: which message, and which of its leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) message: u64,
    pub(crate) attempt: u32,
}

impl Lease {
    pub(crate) fn receipt(self) -> Receipt {
        Receipt::stored(&format!("{}.{}", self.message, self.attempt))
    }

    pub(crate) fn parse(receipt: &Receipt) -> Result<Self, QueueError> {
        let parse = || {
            let (message, attempt) = receipt.as_str().split_once('.')?;
            Some(Self { message: message.parse().ok()?, attempt: attempt.parse().ok()? })
        };
        parse().ok_or_else(|| QueueError::ReceiptInvalid { receipt: receipt.clone() })
    }
}

/// Adds a span to a point in time, both in milliseconds; far futures stay representable.
pub(crate) fn after_ms(now_ms: i64, span: Duration) -> i64 {
    now_ms.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

/// Measures from the enqueue until now; a clock that was set back makes no message younger than new.
pub(crate) fn age(enqueued_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(now_ms.saturating_sub(enqueued_ms)).unwrap_or(0))
}
