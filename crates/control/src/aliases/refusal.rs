//! What the operations on aliases refuse.

use api::lambda::errors;
use engine::AliasError;
use model::{FunctionArn, names::Qualifier};
use wire::ApiError;

use crate::error::Refusal;

/// Why an alias is not made or changed, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(super) enum AliasRefusal {
    #[error("Alias already exists: {0}")]
    Exists(FunctionArn),
    #[error("Alias not found: {0}")]
    NotFound(FunctionArn),
    #[error("Number of items in AdditionalVersionWeights cannot be greater than 1")]
    TooManyWeights,
    #[error(
        "Invalid function version {0}. Function version {0} is already included in routing configuration."
    )]
    SameVersionTwice(String),
    #[error("$LATEST is not supported for an alias pointing to more than 1 version")]
    LatestWithWeights,
    #[error(
        "Versions {0} and {1} cannot share an alias: their execution roles and dead-letter queues must be the same."
    )]
    UnlikeVersions(String, String),
}

impl From<AliasRefusal> for Refusal {
    fn from(refusal: AliasRefusal) -> Self {
        use AliasRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::Exists(_) => errors::resource_conflict(text),
            R::NotFound(_) => errors::resource_not_found(text),
            R::LatestWithWeights => ApiError::without_fault(errors::invalid_parameter_value(text)),
            _ => errors::invalid_parameter_value(text),
        })
    }
}

/// Says why the alias with this ARN was not written.
pub(super) fn not_written<E: Into<Refusal>>(error: AliasError<E>, arn: &FunctionArn) -> Refusal {
    match error {
        AliasError::Exists => AliasRefusal::Exists(arn.clone()).into(),
        AliasError::NotFound => AliasRefusal::NotFound(arn.clone()).into(),
        AliasError::NoVersion(number) => {
            Refusal::FunctionNotFound(arn.qualified(Qualifier::Version(number)).to_string())
        }
        AliasError::Refused(refusal) => refusal.into(),
        AliasError::Store(error) => error.into(),
    }
}
