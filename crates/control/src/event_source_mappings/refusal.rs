//! What the operations on event source mappings refuse.

use api::lambda::errors;
use uuid::Uuid;

use crate::error::Refusal;

/// Why a mapping is not made, read or changed, in AWS's words where they are known.
#[derive(Debug, thiserror::Error)]
pub(super) enum MappingRefusal {
    #[error("Unrecognized event source.")]
    NoSource,
    #[error("Required 'sourceAccessConfigurations' parameter is missing.")]
    NoAccess,
    #[error("Function does not exist")]
    NoFunction,
    #[error(
        "1 validation error detected: Value null at '{0}' failed to satisfy constraint: Member must not be null."
    )]
    Missing(&'static str),
    #[error("Unsupported starting position for arn type: {0}")]
    Position(String),
    #[error(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    )]
    Window,
    #[error("Batch size of a FIFO queue must not be greater than 10.")]
    FifoBatch,
    #[error("Unsupported {0} parameter for given event source mapping type.")]
    Unsupported(&'static str),
    #[error("Invalid filter pattern definition.")]
    Filter,
    // AWS's text is not known.
    #[error("FilterCriteria can have at most {0} filters.")]
    TooManyFilters(usize),
    #[error(
        "An event source mapping with SQS arn (\" {arn} \") and function (\" {function} \") already exists. Please update or delete the existing mapping with UUID {uuid}"
    )]
    QueueTwice { arn: String, function: String, uuid: Uuid },
    #[error(
        "The event source arn (\" {arn} \") and function (\" {function} \") provided mapping already exists. Please update or delete the existing mapping with UUID {uuid}"
    )]
    SourceTwice { arn: String, function: String, uuid: Uuid },
    #[error(
        "An event source mapping with event source (\"{brokers}\"), function (\"{function}\"), topics (\"{topics}\") already exists. Please update or delete the existing mapping with UUID {uuid}"
    )]
    TopicTwice { brokers: String, function: String, topics: String, uuid: Uuid },
    #[error("The resource you requested does not exist.")]
    NotFound,
    #[error("Cannot {0} the event source mapping because it is in use.")]
    InUse(&'static str),
}

impl From<MappingRefusal> for Refusal {
    fn from(refusal: MappingRefusal) -> Self {
        use MappingRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::QueueTwice { .. } | R::SourceTwice { .. } | R::TopicTwice { .. } => {
                errors::resource_conflict(text)
            }
            R::NotFound => errors::resource_not_found(text),
            R::InUse(_) => errors::resource_in_use(text),
            _ => errors::invalid_parameter_value(text),
        })
    }
}
