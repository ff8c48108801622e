//! The names by which requests call log groups, and ARNs.

use api::Call;
use api::logs::errors;
use wire::ApiError;

use crate::error::no_such_group;

/// Finds the name of the log group that a request means by its name or its ARN.
pub(crate) fn group_name(
    call: &Call,
    name: Option<String>,
    identifier: Option<String>,
) -> Result<String, ApiError> {
    match (name, identifier) {
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) => identified(call, identifier),
        (Some(_), Some(_)) => Err(errors::validation(
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        )),
        (None, None) => {
            Err(errors::validation("Either logGroupName or logGroupIdentifier must be specified."))
        }
    }
}

/// Returns the ARN of a log group, which ends with `:*` only where the API reference says so.
pub(crate) fn group_arn(call: &Call, group: &str) -> String {
    format!("{}{group}", arn_prefix(call))
}

/// Returns the ARN of a log stream.
pub(crate) fn stream_arn(call: &Call, group: &str, stream: &str) -> String {
    format!("{}{group}:log-stream:{stream}", arn_prefix(call))
}

/// Takes the name out of an ARN; groups of other accounts and regions do not exist here.
pub(crate) fn identified(call: &Call, identifier: String) -> Result<String, ApiError> {
    if !identifier.starts_with("arn:") {
        return Ok(identifier);
    }
    let name = identifier.strip_prefix(&arn_prefix(call)).ok_or_else(no_such_group)?;
    Ok(name.strip_suffix(":*").unwrap_or(name).to_owned())
}

fn arn_prefix(call: &Call) -> String {
    format!("arn:aws:logs:{}:{}:log-group:", call.region, call.account_id)
}
