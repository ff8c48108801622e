//! Settings of a function that Lambkin knows and does not offer yet.
//!
//! A value that asks for nothing (an empty list, an empty ARN, `None`) is what AWS has without the
//! setting and is taken as such, because tools send them routinely.

use api::lambda::{
    CreateFunctionRequest, ImageConfig, UpdateFunctionCodeRequest,
    UpdateFunctionConfigurationRequest,
};

use crate::error::Refusal;

/// Refuses a creation with a setting that is not offered.
pub(super) fn check_create(wanted: &CreateFunctionRequest) -> Result<(), Refusal> {
    check_image(wanted)?;
    refuse(&[
        ("PackageType Image", wanted.package_type.as_deref() == Some("Image")),
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
    check_zip(wanted.image_config.as_ref())?;
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

/// Refuses what does not go with the type of package that is wanted.
fn check_image(wanted: &CreateFunctionRequest) -> Result<(), Refusal> {
    if wanted.package_type.as_deref() != Some("Image") {
        return check_zip(wanted.image_config.as_ref());
    }
    let layers = wanted.layers.as_ref().is_some_and(|layers| !layers.is_empty());
    if layers || wanted.handler.is_some() || wanted.runtime.is_some() {
        return Err(Refusal::ZipSettingsForImage);
    }
    Ok(())
}

/// Refuses settings of images for a function that has a package; all functions here have one.
fn check_zip(image: Option<&ImageConfig>) -> Result<(), Refusal> {
    match image {
        Some(image) if *image != ImageConfig::default() => Err(Refusal::ImageConfigForZip),
        _ => Ok(()),
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
        let image = CreateFunctionRequest {
            package_type: Some("Image".into()),
            ..CreateFunctionRequest::default()
        };
        let expected = "PackageType Image is not offered by Lambkin yet";
        assert_eq!(refused(&image).as_deref(), Some(expected));
    }

    #[test]
    fn settings_of_images_and_of_packages_do_not_go_together() {
        let config = ImageConfig { command: Some(vec!["c".into()]), ..ImageConfig::default() };
        let zip = CreateFunctionRequest {
            image_config: Some(config.clone()),
            ..CreateFunctionRequest::default()
        };
        let expected =
            "Please don't provide ImageConfig when the intended function PackageType is Zip.";
        assert_eq!(refused(&zip).as_deref(), Some(expected));
        let update = UpdateFunctionConfigurationRequest {
            image_config: Some(config),
            ..UpdateFunctionConfigurationRequest::default()
        };
        assert_eq!(check_configuration(&update).unwrap_err().to_string(), expected);
        let image = CreateFunctionRequest {
            package_type: Some("Image".into()),
            handler: Some("h".into()),
            ..CreateFunctionRequest::default()
        };
        let expected = "Please don't provide Handler or Runtime or Layer when the intended function \
                        PackageType is Image.";
        assert_eq!(refused(&image).as_deref(), Some(expected));
    }

    #[test]
    fn values_that_ask_for_nothing_are_taken() {
        let nothing = CreateFunctionRequest {
            package_type: Some("Zip".into()),
            kms_key_arn: Some(String::new()),
            layers: Some(Vec::new()),
            image_config: Some(ImageConfig::default()),
            ..CreateFunctionRequest::default()
        };
        assert_eq!(refused(&nothing), None);
    }
}
