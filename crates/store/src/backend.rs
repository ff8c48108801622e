//! What can go wrong below every port.

use std::error::Error;
use std::sync::Arc;

/// A failure of the machinery below a port rather than an answer of the port.
///
/// It can be cloned because one failed commit fails every write that shared it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BackendError {
    /// The store was shut down; nothing was done.
    #[error("the store is closed")]
    Closed,
    /// The store did not complete the act; whether the act happened is unknown.
    #[error("the store did not complete the operation")]
    Unavailable {
        /// What the backend reported.
        #[source]
        cause: Arc<dyn Error + Send + Sync>,
    },
    /// The store holds something it cannot have written, or was asked for something it cannot do.
    #[error("the store failed")]
    Failed {
        /// What the backend reported.
        #[source]
        cause: Arc<dyn Error + Send + Sync>,
    },
}

impl BackendError {
    /// Wraps a cause that may go away: busy, full, interrupted.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { cause: Arc::from(cause.into()) }
    }

    /// Wraps a cause that trying again does not change.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed { cause: Arc::from(cause.into()) }
    }

    /// Tells whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
