//! What the operations on policies refuse.

use api::lambda::errors;
use model::FunctionArn;
use policy::MalformedPolicy;

use crate::error::Refusal;

/// Why a policy is not read or changed, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyRefusal {
    #[error("We currently do not support adding policies for $LATEST.")]
    Latest,
    #[error("The provided principal was invalid. Please check the principal and try again.")]
    Principal,
    #[error(
        "The statement id ({0}) provided already exists. Please provide a new statement id, or remove the existing statement."
    )]
    StatementExists(String),
    #[error("Statement {0} is not found in resource policy.")]
    NoStatement(String),
    #[error("No policy is associated with the given resource.")]
    NoPolicy,
    #[error("No policy found for: {0}")]
    NoFunction(FunctionArn),
    #[error("The resource you requested does not exist.")]
    NotFound,
    #[error(
        "The RevisionId provided does not match the latest RevisionId. Call the {0} API to retrieve the latest Revision Id"
    )]
    StaleRevision(&'static str),
    #[error("The final policy size ({size}) is bigger than the limit ({limit}).")]
    TooLong { size: usize, limit: usize },
    #[error("The policy is malformed: {0}")]
    Malformed(#[from] MalformedPolicy),
}

impl From<PolicyRefusal> for Refusal {
    fn from(refusal: PolicyRefusal) -> Self {
        use PolicyRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::StatementExists(_) => errors::resource_conflict(text),
            R::NoStatement(_) | R::NoPolicy | R::NoFunction(_) | R::NotFound => {
                errors::resource_not_found(text)
            }
            R::StaleRevision(_) => errors::precondition_failed(text),
            R::TooLong { .. } => errors::policy_length_exceeded(text),
            R::Latest | R::Principal | R::Malformed(_) => errors::invalid_parameter_value(text),
        })
    }
}
