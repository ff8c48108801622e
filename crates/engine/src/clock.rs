//! Time and randomness, injected.

use model::Timestamp;
use store::Clock;
use uuid::Uuid;

/// Reads a clock in the model's terms.
pub fn timestamp(clock: &dyn Clock) -> Timestamp {
    Timestamp::from_epoch_ms(clock.now_ms())
}

/// Makes ids that nobody can guess and that never repeat.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// Makes one.
    fn next(&self) -> Uuid;
}

/// Takes ids from a generator of secrets that each thread seeds from the operating system's
/// randomness, again and again: asking the system itself is a call into it for each id.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> Uuid {
        uuid::Builder::from_random_bytes(rand::random()).into_uuid()
    }
}
