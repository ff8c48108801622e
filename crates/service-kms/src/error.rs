//! Failures in the words of KMS.

use std::error::Error;

use api::{Call, kms::errors};
use http::StatusCode;
use store::TableError;
use wire::ApiError;

/// Why a change stopped: an answer, whatever it came from.
pub(crate) struct Stop(pub(crate) ApiError);

impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        Self(unavailable(&error))
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

/// Answers for a store that failed; the cause is for the log alone.
pub(crate) fn unavailable(error: &dyn Error) -> ApiError {
    let cause = error.source().map(ToString::to_string);
    tracing::error!(%error, cause, "the store of keys failed");
    errors::kms_internal("The service cannot complete the request.")
}

pub(crate) fn no_key(arn: &str) -> ApiError {
    errors::not_found(format!("Key '{arn}' does not exist"))
}

pub(crate) fn no_alias(arn: &str) -> ApiError {
    errors::not_found(format!("Alias {arn} is not found."))
}

pub(crate) fn invalid(text: impl Into<String>) -> ApiError {
    ApiError::validation(api::kms::SERVICE.validation_code, text.into())
}

/// Refuses what is not offered, in words of our own.
pub(crate) fn not_offered(what: &str) -> ApiError {
    errors::unsupported_operation(format!("{what} is not offered by Lambkin yet"))
}

/// Answers what would have been done if it had not been a trial.
pub(crate) fn dry(dry_run: Option<bool>) -> Result<(), ApiError> {
    match dry_run {
        Some(true) => Err(errors::dry_run_operation(
            "The request would have succeeded, but the DryRun option is set.",
        )),
        _ => Ok(()),
    }
}

/// Refuses what the policy of an AWS managed key lets nobody do, not even the owner of the account.
pub(crate) fn not_allowed(call: &Call, action: &str, arn: &str) -> ApiError {
    access_denied(format!(
        "User: {} is not authorized to perform: kms:{action} on resource: {arn} because no \
         resource-based policy allows the kms:{action} action",
        call.caller.arn
    ))
}

pub(crate) fn access_denied(text: impl Into<String>) -> ApiError {
    ApiError::new("AccessDeniedException", StatusCode::BAD_REQUEST, text.into())
}
