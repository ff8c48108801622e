//! Names, paths and ARNs as requests give them.

use std::sync::Arc;

use api::{
    Call, Identity,
    iam::{SERVICE, errors},
};
use http::StatusCode;
use identity::{Directory, ManagedPolicy, ManagedView};
use wire::ApiError;

use crate::{Iam, error::no_such_policy};

/// Gives the name of a user: the one that is given, or else the caller's own.
pub(crate) fn or_own(call: &Call, name: Option<&str>) -> Result<String, ApiError> {
    match (name, &call.caller.identity) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Identity::User { name }) => Ok(name.to_string()),
        (None, _) => Err(ApiError::validation(
            SERVICE.validation_code,
            "Must specify userName when calling with non-User credentials",
        )),
    }
}

/// Gives the path, which is `/` unless another one is given.
pub(crate) fn path(given: Option<&String>) -> String {
    given.map_or("/", String::as_str).to_owned()
}

/// Finds a managed policy of this account by its ARN.
pub(crate) fn own_policy(iam: &Iam, arn: &str) -> Result<Arc<ManagedPolicy>, ApiError> {
    match managed(iam, arn)? {
        ManagedView::Own(own) => Ok(own),
        ManagedView::Aws(_) => Err(ApiError::new(
            "AccessDenied",
            StatusCode::FORBIDDEN,
            format!("Policy {arn} belongs to AWS and cannot be changed."),
        )),
    }
}

/// Finds a managed policy by its ARN.
pub(crate) fn managed(iam: &Iam, arn: &str) -> Result<ManagedView, ApiError> {
    if !arn.starts_with("arn:") {
        return Err(errors::invalid_input(format!("ARN {arn} is not valid.")));
    }
    iam.directory.managed(arn).ok_or_else(|| no_such_policy(arn))
}

/// Checks that a managed policy can be attached.
pub(crate) fn check_attachable(iam: &Iam, arn: &str) -> Result<(), ApiError> {
    if !arn.starts_with("arn:") {
        return Err(errors::invalid_input(format!("ARN {arn} is not valid.")));
    }
    let found = iam.directory.managed(arn).map(drop);
    found.ok_or_else(|| {
        errors::no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
    })
}

/// Reads `v7` as 7.
pub(crate) fn version_number(id: &str) -> Option<u32> {
    id.strip_prefix('v')?.parse().ok()
}

/// Gives the key of the record of a name.
pub(crate) fn key(name: &str) -> String {
    Directory::key(name)
}
