//! Settings of a function that Lambkin knows and does not offer yet.
//!
//! A value that asks for nothing (an empty list, an empty ARN, `None`) is what AWS has without the
//! setting and is taken as such, because tools send them routinely.

use api::lambda::{
    CreateFunctionRequest, UpdateFunctionCodeRequest, UpdateFunctionConfigurationRequest,
};

use crate::error::Refusal;

/// Refuses a creation with a setting that is not offered.
pub(super) fn check_create(wanted: &CreateFunctionRequest) -> Result<(), Refusal> {
    refuse(&[
        ("PublishTo", wanted.publish_to.is_some()),
        ("TenancyConfig", wanted.tenancy_config.is_some()),
        ("CapacityProviderConfig", wanted.capacity_provider_config.is_some()),
        ("DurableConfig", wanted.durable_config.is_some()),
        ("RuntimeConfig", wanted.runtime_config.is_some()),
        ("AcceleratorConfig", wanted.accelerator_config.is_some()),
    ])
}

/// Refuses a change to a setting that is not offered.
pub(super) fn check_configuration(
    wanted: &UpdateFunctionConfigurationRequest,
) -> Result<(), Refusal> {
    refuse(&[
        ("CapacityProviderConfig", wanted.capacity_provider_config.is_some()),
        ("DurableConfig", wanted.durable_config.is_some()),
        ("RuntimeConfig", wanted.runtime_config.is_some()),
        ("AcceleratorConfig", wanted.accelerator_config.is_some()),
    ])
}

/// Refuses a change of code with a setting that is not offered.
pub(super) fn check_code(wanted: &UpdateFunctionCodeRequest) -> Result<(), Refusal> {
    refuse(&[("PublishTo", wanted.publish_to.is_some())])
}

fn refuse(settings: &[(&'static str, bool)]) -> Result<(), Refusal> {
    match settings.iter().find(|(_, is_wanted)| *is_wanted) {
        Some((setting, _)) => Err(Refusal::NotOffered(setting)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(wanted: &CreateFunctionRequest) -> Option<String> {
        check_create(wanted).err().map(|refusal| refusal.to_string())
    }

    #[test]
    fn a_setting_that_is_not_offered_is_named() {
        let wanted = CreateFunctionRequest {
            publish_to: Some("LATEST_PUBLISHED".into()),
            ..CreateFunctionRequest::default()
        };
        let expected = "PublishTo is not offered by Lambkin yet";
        assert_eq!(refused(&wanted).as_deref(), Some(expected));
    }

    #[test]
    fn values_that_ask_for_nothing_are_taken() {
        let nothing = CreateFunctionRequest {
            package_type: Some("Zip".into()),
            kms_key_arn: Some(String::new()),
            layers: Some(Vec::new()),
            ..CreateFunctionRequest::default()
        };
        assert_eq!(refused(&nothing), None);
    }
}
