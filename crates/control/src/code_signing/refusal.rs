//! What the operations on code signing refuse.

use api::lambda::errors;
use model::names::FunctionName;

use crate::error::Refusal;

/// Why a configuration is not read, changed or attached, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(super) enum SigningRefusal {
    #[error("The Lambda code signing configuration {0} can not be found.")]
    NotFound(String),
    #[error(
        "The code signing configuration cannot be found. Check that the provided configuration is not deleted: {0}."
    )]
    NotAttachable(String),
    #[error(
        "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for {0}."
    )]
    Verification(FunctionName),
    /// AWS's own text is not known.
    #[error(
        "Lambda cannot deploy the function. The code signature of the function or layer failed the integrity check. Check the provided signature for {0}."
    )]
    Integrity(FunctionName),
    #[error("Code signing is not supported for functions created with container images.")]
    Image,
    /// AWS's own text is not known.
    #[error("The code signing configuration {0} is used by functions and cannot be deleted.")]
    InUse(String),
}

impl From<SigningRefusal> for Refusal {
    fn from(refusal: SigningRefusal) -> Self {
        use SigningRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::NotFound(_) => errors::resource_not_found(text).without_fault(),
            R::NotAttachable(_) => errors::code_signing_config_not_found(text),
            R::Verification(_) => errors::code_verification_failed(text),
            R::Integrity(_) => errors::invalid_code_signature(text),
            R::Image => errors::invalid_parameter_value(text),
            R::InUse(_) => errors::resource_conflict(text),
        })
    }
}
