//! `Environment`: variables on their way in, sealed, and out again, opened.

use std::collections::BTreeMap;

use api::lambda::{EnvironmentError, EnvironmentResponse, errors};
use engine::{KeyError, Secrets};
use model::{
    FunctionArn,
    function::{Settings, Variables},
};

use crate::error::Refusal;

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
        (None, Some(current)) if another_key => current.map_err(unusable)?,
        (None, _) => return Ok(()),
    };
    settings.environment = Some(secrets.seal(of, key, &variables).map_err(unusable)?);
    Ok(())
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

/// Says why variables cannot be decrypted; AWS's text is known for denied access only.
pub(crate) fn undecryptable(error: &KeyError) -> String {
    let because = match error {
        KeyError::AccessDenied(_) => "the KMS access was denied",
        KeyError::NotFound(_) => "the KMS key was not found",
        KeyError::Disabled(_) => "the KMS key is disabled",
        KeyError::InvalidState(_) => "the KMS key is in an invalid state for Decrypt",
        KeyError::Damaged => "they are not what was encrypted",
        KeyError::Unavailable(_) => "the key service does not answer",
    };
    format!(
        "Lambda was unable to decrypt your environment variables because {because}. Please check \
         your KMS key settings. KMS Exception: {}",
        exception(error)
    )
}

/// Gives the name of KMS's own exception.
fn exception(error: &KeyError) -> &'static str {
    match error {
        KeyError::AccessDenied(_) => "AccessDeniedException",
        KeyError::NotFound(_) => "NotFoundException",
        KeyError::Disabled(_) => "DisabledException",
        KeyError::InvalidState(_) => "KMSInvalidStateException",
        KeyError::Damaged => "InvalidCiphertextException",
        KeyError::Unavailable(_) => "KMSInternalException",
    }
}

/// Refuses a key that cannot seal the variables.
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
