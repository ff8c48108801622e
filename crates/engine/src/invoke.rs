//! The one door through which everything that runs a function comes.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use model::{
    FunctionArn,
    function::FunctionState,
    invocation::RequestId,
    names::{FunctionName, Qualifier, Region, VersionNumber},
    trace::TraceHeader,
};

use crate::{admission::ThrottleReason, streaming::Streaming};

/// Runs functions.
#[async_trait]
pub trait Invoke: Send + Sync + std::fmt::Debug {
    /// Runs a function once and waits for its answer. Never retries.
    ///
    /// Dropping the future before a guest has the event gives the event up; after that the
    /// function runs to its end, unheard. A function that is inactive is refused, and made ready.
    async fn invoke(&self, invocation: Invocation) -> Result<Invoked, InvokeError>;

    /// Does as `invoke` does, but answers as soon as a guest has the event: what it writes is to be
    /// had while it writes it.
    ///
    /// Dropping what this gives leaves the function running to its end, unheard.
    async fn invoke_streaming(&self, invocation: Invocation) -> Result<Streaming, InvokeError>;

    /// Checks everything that `invoke` checks before a function runs, and wakes nothing.
    async fn check(&self, target: &Target) -> Result<(), InvokeError>;
}

/// Which function, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The region.
    pub region: Region,
    /// The bare name.
    pub name: FunctionName,
    /// What the caller asked for; `None` means `$LATEST`.
    pub qualifier: Option<Qualifier>,
}

/// One event for a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its id.
    pub request_id: RequestId,
    /// Which function.
    pub target: Target,
    /// The event.
    pub payload: Bytes,
    /// The caller's client context, as JSON.
    pub client_context: Option<String>,
    /// The trace it belongs to.
    pub trace: TraceHeader,
    /// Whether the caller wants the end of the log.
    pub wants_log_tail: bool,
}

/// What a function answered.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// The result, or the error as JSON.
    pub payload: Bytes,
    /// Whether the payload is an error.
    pub is_error: bool,
    /// The version that ran: `$LATEST` or a number.
    pub executed_version: Arc<str>,
    /// The end of the log, if it was wanted.
    pub log_tail: Option<Bytes>,
}

/// Says why a function did not run.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// There is no such function, version or alias.
    #[error("function not found: {0}")]
    NotFound(FunctionArn),
    /// The function cannot be invoked in its present state.
    #[error("the function is {state:?}")]
    NotReady {
        /// The state.
        state: FunctionState,
        /// The version that is in it; `None` for `$LATEST`.
        number: Option<VersionNumber>,
    },
    /// Too much runs already, or was asked for too fast.
    #[error("the invocation is throttled: {}", .0.as_str())]
    Throttled(ThrottleReason),
    /// This machine lacks what the function needs.
    #[error(transparent)]
    Runtime(#[from] sandbox::MissingRuntime),
    /// The function's variables cannot be opened.
    #[error("the variables cannot be opened: {0}")]
    Key(#[from] vault::KeyError),
    /// No environment could be made.
    #[error("no environment could be made: {0}")]
    Environment(String),
    /// The server is shutting down.
    #[error("the server is shutting down")]
    Closing,
}

impl From<ThrottleReason> for InvokeError {
    fn from(reason: ThrottleReason) -> Self {
        Self::Throttled(reason)
    }
}
