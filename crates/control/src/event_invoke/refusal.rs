//! What the operations on asynchronous events refuse.

use api::lambda::errors;
use model::{FunctionArn, names::Qualifier};

use crate::error::Refusal;

/// Why a configuration is not read or changed, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventInvokeRefusal {
    #[error("The function doesn't exist.")]
    NoFunction,
    #[error("The function {0} doesn't have an EventInvokeConfig")]
    NoConfig(FunctionArn),
    #[error("You must specify at least one of error handling or destination setting.")]
    Nothing,
    #[error("You can't specify the function as a destination for itself.")]
    Itself,
    #[error("The destination ARN {0} is invalid.")]
    NoDestination(String),
    #[error(
        "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
        spelled("OnSuccess", .on_success.as_deref()),
        spelled("OnFailure", .on_failure.as_deref())
    )]
    Destinations { on_success: Option<String>, on_failure: Option<String> },
}

// === impl EventInvokeRefusal ===

impl EventInvokeRefusal {
    /// Says that nothing was configured, of a qualifier that AWS always names.
    pub(super) fn no_config(arn: &FunctionArn) -> Refusal {
        let qualifier = arn.qualifier.clone().unwrap_or(Qualifier::Latest);
        Self::NoConfig(arn.qualified(qualifier)).into()
    }
}

impl From<EventInvokeRefusal> for Refusal {
    fn from(refusal: EventInvokeRefusal) -> Self {
        use EventInvokeRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::NoFunction | R::NoConfig(_) => errors::resource_not_found(text),
            _ => errors::invalid_parameter_value(text),
        })
    }
}

/// Spells a destination as AWS prints its own objects.
fn spelled(name: &str, destination: Option<&str>) -> String {
    destination.map_or_else(|| "null".to_owned(), |arn| format!("{name}(destination={arn})"))
}
