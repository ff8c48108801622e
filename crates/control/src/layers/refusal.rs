//! What the operations on layers refuse.

use api::lambda::errors;
use model::{layer::LayerVersionArn, names::Region};
use wire::ApiError;

use crate::error::Refusal;

/// Why a layer is not published, read or used, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LayerRefusal {
    #[error("The resource you requested does not exist.")]
    NotFound,
    #[error("Layer Version Cannot be less than 1")]
    Number,
    #[error(
        "User: {caller} is not authorized to perform: lambda:{action} on resource: {resource} because no resource-based policy allows the lambda:{action} action"
    )]
    OtherAccount { caller: String, action: &'static str, resource: String },
    #[error("Layer version {0} does not exist.")]
    NoVersion(String),
    #[error(
        "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id"
    )]
    StaleRevision,
    #[error("No policy is associated with the given resource.")]
    NoPolicy,
    #[error("Cannot reference more than {0} layers.")]
    TooMany(usize),
    #[error(
        "Layers are not in the same region as the function. Layers are expected to be in region {0}."
    )]
    OtherRegion(Region),
    #[error(
        "Two different versions of the same layer are not allowed to be referenced in the same function. {0} and {1} are versions of the same layer."
    )]
    Twice(LayerVersionArn, LayerVersionArn),
    #[error(
        "Function code combined with layers exceeds the maximum allowed size of {limit_bytes} bytes. The actual size is {size_bytes} bytes."
    )]
    TooLarge { limit_bytes: u64, size_bytes: u64 },
}

// === impl LayerRefusal ===

impl LayerRefusal {
    /// Says of a version that a permission is about that it is not there.
    pub(super) fn no_version_found(arn: &LayerVersionArn) -> Refusal {
        let text = Self::NoVersion(arn.to_string()).to_string();
        Refusal::group(errors::resource_not_found(text))
    }
}

impl From<LayerRefusal> for Refusal {
    fn from(refusal: LayerRefusal) -> Self {
        use LayerRefusal as R;
        let text = refusal.to_string();
        let error: ApiError = match refusal {
            R::NotFound | R::NoPolicy => errors::resource_not_found(text),
            R::StaleRevision => errors::precondition_failed(text),
            R::OtherAccount { .. } => errors::access_denied(text),
            R::Number
            | R::NoVersion(_)
            | R::TooMany(_)
            | R::OtherRegion(_)
            | R::Twice(..)
            | R::TooLarge { .. } => errors::invalid_parameter_value(text),
        };
        Self::group(error)
    }
}
