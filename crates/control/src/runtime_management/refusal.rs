//! What the operations on runtime management refuse. AWS's own texts are not known.

use api::lambda::errors;

use crate::error::Refusal;

/// Why the setting is not changed or read.
#[derive(Debug, thiserror::Error)]
pub(super) enum RuntimeManagementRefusal {
    #[error("RuntimeVersionArn must be specified when UpdateRuntimeOn is set to Manual.")]
    NoVersion,
    #[error("RuntimeVersionArn can only be specified when UpdateRuntimeOn is set to Manual.")]
    NeedlessVersion,
    #[error("The runtime version {0} is not available for this function.")]
    UnknownVersion(String),
    #[error("Runtime management is not supported for aliases.")]
    Alias,
    #[error("Runtime management is not supported for functions created with container images.")]
    Image,
}

impl From<RuntimeManagementRefusal> for Refusal {
    fn from(refusal: RuntimeManagementRefusal) -> Self {
        Self::group(errors::invalid_parameter_value(refusal.to_string()))
    }
}
