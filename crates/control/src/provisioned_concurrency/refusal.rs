//! What the operations on provisioned concurrency refuse.

use api::lambda::errors;

use crate::error::Refusal;

/// Why a configuration is not read or changed, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProvisionedRefusal {
    #[error("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")]
    Unpublished,
    #[error("The function resource provided must be an alias or a published version.")]
    NeitherAliasNorVersion,
    #[error("No Provisioned Concurrency Config found for this function")]
    NoConfig,
    #[error(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
    )]
    VersionHasSome,
    #[error("Version is pointed by a Provisioned Concurrency alias")]
    AliasHasSome,
    /// How AWS words this is not recorded.
    #[error("Provisioned Concurrency is not supported for SnapStart enabled functions.")]
    SnapStart,
    #[error(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
    )]
    MoreThanReserved,
    #[error(
        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}]."
    )]
    MoreThanUnreserved { unreserved: u32 },
    #[error(
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{minimum}]."
    )]
    PoolTooSmall { minimum: u32 },
}

impl From<ProvisionedRefusal> for Refusal {
    fn from(refusal: ProvisionedRefusal) -> Self {
        use ProvisionedRefusal as R;
        let text = refusal.to_string();
        Self::group(match refusal {
            R::NoConfig => errors::provisioned_concurrency_config_not_found(text),
            R::VersionHasSome | R::AliasHasSome => errors::resource_conflict(text),
            R::Unpublished | R::NeitherAliasNorVersion | R::SnapStart => {
                errors::invalid_parameter_value(text)
            }
            R::MoreThanReserved | R::MoreThanUnreserved { .. } | R::PoolTooSmall { .. } => {
                errors::invalid_parameter_value(text).without_fault()
            }
        })
    }
}
