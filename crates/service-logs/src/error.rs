//! Failures in the words of CloudWatch Logs.

use std::error::Error;

use api::logs::errors;
use wire::ApiError;

pub(crate) fn no_such_group() -> ApiError {
    errors::resource_not_found("The specified log group does not exist.")
}

pub(crate) fn no_such_stream() -> ApiError {
    errors::resource_not_found("The specified log stream does not exist.")
}

pub(crate) fn group_exists() -> ApiError {
    errors::resource_already_exists("The specified log group already exists")
}

pub(crate) fn stream_exists() -> ApiError {
    errors::resource_already_exists("The specified log stream already exists")
}

pub(crate) fn invalid_token() -> ApiError {
    errors::invalid_parameter("The specified nextToken is invalid.")
}

/// Answers for a store that failed; the cause is for the log alone.
pub(crate) fn unavailable(error: impl Error) -> ApiError {
    let cause = error.source().map(ToString::to_string);
    tracing::error!(%error, cause, "the log store failed");
    errors::service_unavailable("The service cannot complete the request.")
}
