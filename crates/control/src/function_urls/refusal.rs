//! What the operations on function URLs refuse.

use api::lambda::errors;
use model::FunctionArn;

use crate::error::Refusal;

/// Why a URL is not made, read or changed, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(super) enum UrlRefusal {
    #[error("Function does not exist")]
    NoFunction,
    #[error("The resource you requested does not exist.")]
    NoUrl,
    #[error(
        "Failed to create function url config for [functionArn = {0}]. Error message:  FunctionUrlConfig exists for this Lambda function"
    )]
    Exists(FunctionArn),
}

impl From<UrlRefusal> for Refusal {
    fn from(refusal: UrlRefusal) -> Self {
        use UrlRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::NoFunction | R::NoUrl => errors::resource_not_found(text),
            R::Exists(_) => errors::resource_conflict(text),
        })
    }
}
