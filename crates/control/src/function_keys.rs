//! The keys that seal what functions keep, as callers may use them.

use std::fmt::Debug;

use api::Call;
use async_trait::async_trait;
use engine::{KeyError, Secrets};
use model::FunctionArn;

/// Knows the customer's keys, wherever they are kept.
///
/// Every answer about a key is one to the caller: whoever may not use a key does not use it through
/// Lambda either.
#[async_trait]
pub trait FunctionKeys: Debug + Send + Sync {
    /// Gives the keys as whoever made a call may use them for a function; answers from memory.
    fn of_caller(&self, call: &Call, function: &FunctionArn) -> Secrets;

    /// Lets the role of a function open what is sealed for it under a key, on behalf of whoever made a
    /// call; done when it answers, and done once however often it is asked for.
    async fn grant(
        &self,
        call: &Call,
        key: &str,
        (function, role): (&FunctionArn, &str),
    ) -> Result<(), KeyError>;
}
