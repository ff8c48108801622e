//! Failures in the words of IAM.

use std::error::Error as _;

use api::iam::errors;
use policy::{Document, Kind};
use store::{RecordsError, TableError};
use wire::ApiError;

/// Why a change was not made.
pub(crate) enum Change {
    Refused(ApiError),
    Store(TableError),
}

impl From<ApiError> for Change {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<TableError> for Change {
    fn from(error: TableError) -> Self {
        Self::Store(error)
    }
}

/// Gives the answer to a change.
pub(crate) fn changed<T>(outcome: Result<T, Change>) -> Result<(), ApiError> {
    match outcome {
        Ok(_) => Ok(()),
        Err(Change::Refused(error)) => Err(error),
        Err(Change::Store(error)) => Err(unavailable(&error)),
    }
}

/// Gives the answer to a creation: a record that is there already is an entity of that name.
pub(crate) fn created<T>(
    outcome: Result<T, TableError>,
    kind: &str,
    name: &str,
) -> Result<(), ApiError> {
    match outcome {
        Ok(_) => Ok(()),
        Err(TableError::Records(RecordsError::Conflict { .. })) => Err(exists(kind, name)),
        Err(error) => Err(unavailable(&error)),
    }
}

/// Gives the answer to a deletion under a revision.
pub(crate) fn deleted(outcome: Result<bool, TableError>) -> Result<(), ApiError> {
    match outcome {
        Ok(_) => Ok(()),
        Err(TableError::Records(RecordsError::Conflict { .. })) => {
            Err(errors::concurrent_modification("The entity is being changed by another request."))
        }
        Err(error) => Err(unavailable(&error)),
    }
}

fn exists(kind: &str, name: &str) -> ApiError {
    if kind == "Policy" {
        return errors::entity_already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        ));
    }
    errors::entity_already_exists(format!("{kind} with name {name} already exists."))
}

pub(crate) fn no_such_user(name: &str) -> ApiError {
    errors::no_such_entity(format!("The user with name {name} cannot be found."))
}

pub(crate) fn no_such_role(name: &str) -> ApiError {
    errors::no_such_entity(format!("The role with name {name} cannot be found."))
}

pub(crate) fn no_such_key(id: &str) -> ApiError {
    errors::no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

pub(crate) fn no_such_policy(arn: &str) -> ApiError {
    errors::no_such_entity(format!("Policy {arn} was not found."))
}

pub(crate) fn conflict(first: &str) -> ApiError {
    errors::delete_conflict(format!("Cannot delete entity, must {first} first."))
}

/// Reads a document before it is stored.
pub(crate) fn check_document(text: &str, kind: Kind) -> Result<(), ApiError> {
    let read = Document::parse(text, kind);
    read.map(drop).map_err(|error| errors::malformed_policy_document(error.to_string()))
}

fn unavailable(error: &TableError) -> ApiError {
    let cause = error.source().map(ToString::to_string);
    tracing::error!(%error, cause, "the store of users and roles failed");
    errors::service_failure("The service cannot complete the request.")
}
