//! The seam behind which keys are kept.

use std::fmt::Debug;

use crate::SecretKey;

/// Makes data keys and wraps them; what wraps them never leaves the service.
///
/// # Contract
///
/// *Keys.* `None` is the installation's own key; `Some` names one of the customer's by its ARN.
///
/// *Context.* What was wrapped in one context cannot be unwrapped in another. A context is no secret.
///
/// *Time.* Calls come from threads that answer requests: a service elsewhere on the network keeps what
/// it needs to answer at once, or answers [`KeyError::Unavailable`].
pub trait KeyService: Debug + Send + Sync {
    /// Makes a data key, in the clear for use now and wrapped to be kept.
    fn generate_data_key(&self, key: Option<&str>, context: &str) -> Result<DataKey, KeyError>;

    /// Unwraps a data key.
    fn decrypt(
        &self,
        key: Option<&str>,
        wrapped: &[u8],
        context: &str,
    ) -> Result<SecretKey, KeyError>;
}

/// A new data key.
#[derive(Clone, Debug)]
pub struct DataKey {
    /// The key itself, never to be stored.
    pub plain: SecretKey,
    /// What to store.
    pub wrapped: Vec<u8>,
}

/// Says why a key cannot be used, or not for this, in the words of whoever keeps it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no such key.
    #[error("{0}")]
    NotFound(String),
    /// What names it is no ARN of a key.
    #[error("{0}")]
    InvalidArn(String),
    /// It was switched off.
    #[error("{0}")]
    Disabled(String),
    /// It is being deleted.
    #[error("{0}")]
    InvalidState(String),
    /// Its policy, or its kind, does not permit this.
    #[error("{0}")]
    AccessDenied(String),
    /// The key is there, and what it should open was sealed by another key, in another context, or has changed.
    #[error("what is sealed does not belong to this key or context, or is damaged")]
    Damaged,
    /// The service cannot be reached.
    #[error("the key service does not answer: {0}")]
    Unavailable(String),
}
