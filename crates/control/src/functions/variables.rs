//! `Environment`: variables on their way in, sealed, and out again, opened.

use std::collections::BTreeMap;

use api::{
    Call,
    lambda::{EnvironmentError, EnvironmentResponse, errors},
};
use engine::{KeyError, Secrets};
use model::{
    FunctionArn,
    function::{Settings, Variables},
};

use crate::{Control, error::Refusal};

/// Gives settings the variables that are wanted, sealed under their key; without any, those that they
/// have stay, and are sealed anew if the key is another one.
///
/// What is the same after all keeps its seal, so that it counts as unchanged.
pub(super) fn apply(
    secrets: &Secrets,
    arn: &FunctionArn,
    wanted: Option<&BTreeMap<String, String>>,
    settings: &mut Settings,
) -> Result<(), Refusal> {
    let of = (&arn.region, &arn.name);
    let key = settings.outside.kms_key.as_deref();
    let current = settings.environment.as_ref();
    let another_key = current.is_some_and(|current| current.key() != key);
    let opened = current.map(|sealed| secrets.open(of, sealed));
    let variables = match (wanted, opened) {
        (Some(wanted), Some(Ok(current))) if current == *wanted && !another_key => return Ok(()),
        (Some(wanted), _) => wanted.clone(),
        (None, Some(current)) if another_key => current.map_err(unreadable)?,
        (None, _) => return Ok(()),
    };
    settings.environment = Some(secrets.seal(of, key, &variables).map_err(unusable)?);
    Ok(())
}

/// Which key a function has its variables sealed under, and who has to open them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyUse {
    pub(super) key: String,
    pub(super) role: String,
}

impl KeyUse {
    /// Tells what a new function uses.
    pub(super) fn of(settings: &Settings) -> Option<Self> {
        let key = settings.outside.kms_key.clone()?;
        Some(Self { key, role: settings.role.clone() })
    }
}

impl Control {
    /// Lets the role of a function use its key.
    pub(super) async fn grant_key(
        &self,
        call: &Call,
        arn: &FunctionArn,
        wanted: Option<&KeyUse>,
    ) -> Result<(), Refusal> {
        let Some(KeyUse { key, role }) = wanted else { return Ok(()) };
        self.parts.keys.grant(call, key, (arn, role)).await.map_err(unusable)
    }
}

/// Shows variables to whoever may read the configuration, or why they cannot be shown.
pub(super) fn show(
    secrets: &Secrets,
    arn: &FunctionArn,
    variables: &Variables,
) -> EnvironmentResponse {
    match secrets.open((&arn.region, &arn.name), variables) {
        Ok(variables) => EnvironmentResponse { variables: Some(variables), error: None },
        Err(error) => {
            let error = EnvironmentError {
                error_code: Some(exception(&error).to_owned()),
                message: Some(undecryptable(&error)),
            };
            EnvironmentResponse { variables: None, error: Some(error) }
        }
    }
}

/// Says why a caller does not see variables; AWS's text is known for denied access only.
fn undecryptable(error: &KeyError) -> String {
    let because = match error {
        KeyError::AccessDenied(_) => "the KMS access was denied",
        KeyError::NotFound(_) | KeyError::InvalidArn(_) => "the KMS key was not found",
        KeyError::Disabled(_) => "the KMS key is disabled",
        KeyError::InvalidState(_) => "the KMS key is in an invalid state for Decrypt",
        KeyError::Damaged => "they are not what was encrypted",
        KeyError::Unavailable(_) => "the key service does not answer",
    };
    format!(
        "Lambda was unable to decrypt your environment variables because {because}. Please check \
         your KMS key settings. KMS Exception: {} KMS Message: {error}",
        exception(error)
    )
}

/// Says why a function cannot start. The text for denied access is recorded, together with its missing
/// space; those for keys in a wrong state are the descriptions of the errors in the API reference.
pub(crate) fn cannot_start(error: &KeyError) -> String {
    let because = match error {
        KeyError::AccessDenied(_) => "KMS access was denied",
        KeyError::NotFound(_) | KeyError::InvalidArn(_) => "the KMS key was not found",
        KeyError::Disabled(_) => "the KMS key used is disabled",
        KeyError::InvalidState(_) => "the KMS key used is in an invalid state for Decrypt",
        KeyError::Damaged => "they are not what was encrypted",
        KeyError::Unavailable(_) => "the key service does not answer",
    };
    format!(
        "Lambda was unable to decrypt the environment variables because {because}. Please check the \
         function's KMS key settings. KMS Exception: {}KMS Message: {error}",
        exception(error)
    )
}

/// Gives the name of KMS's own exception.
fn exception(error: &KeyError) -> &'static str {
    match error {
        KeyError::AccessDenied(_) => "AccessDeniedException",
        KeyError::NotFound(_) => "NotFoundException",
        KeyError::InvalidArn(_) => "InvalidArnException",
        KeyError::Disabled(_) => "DisabledException",
        KeyError::InvalidState(_) => "KMSInvalidStateException",
        KeyError::Damaged => "InvalidCiphertextException",
        KeyError::Unavailable(_) => "KMSInternalException",
    }
}

/// Refuses to seal anew what cannot be opened; the text is ours.
fn unreadable(error: KeyError) -> Refusal {
    match &error {
        KeyError::Damaged | KeyError::Unavailable(_) => Refusal::internal(error),
        _ => Refusal::group(errors::invalid_parameter_value(undecryptable(&error))),
    }
}

/// Refuses a key that cannot seal the variables, or that the function's role cannot be let use; the frame
/// of the text is recorded for `CreateGrant`.
fn unusable(error: KeyError) -> Refusal {
    match &error {
        KeyError::Damaged | KeyError::Unavailable(_) => Refusal::internal(error),
        _ => Refusal::group(errors::invalid_parameter_value(format!(
            "Lambda was unable to configure access to your environment variables because the KMS \
             key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: {} \
             KMS Message: {error}",
            exception(&error)
        ))),
    }
}
