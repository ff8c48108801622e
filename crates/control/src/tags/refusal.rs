//! What the operations on tags refuse.

use api::lambda::errors;

use crate::error::Refusal;

/// Why tags are not changed or listed, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TagRefusal {
    #[error("An error occurred and the request cannot be processed.")]
    NoTags,
    #[error(
        "Tags on function aliases and versions are not supported. Please specify a function ARN."
    )]
    Qualified,
    #[error("{kind} not found: {arn}")]
    NotFound { kind: &'static str, arn: String },
    #[error("The Lambda code signing configuration {0} can not be found.")]
    NoCodeSigningConfig(String),
}

impl From<TagRefusal> for Refusal {
    fn from(refusal: TagRefusal) -> Self {
        use TagRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::NoTags | R::Qualified => errors::invalid_parameter_value(text),
            R::NotFound { .. } => errors::resource_not_found(text),
            R::NoCodeSigningConfig(_) => errors::resource_not_found(text).without_fault(),
        })
    }
}
