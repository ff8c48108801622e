//! `ImageUri` and `ImageConfig`: functions that are container images.
//!
//! Source: Developer Guide, "Create a Lambda function using a container image"; API Reference, `ImageConfig`.
//! Texts that AWS's answers or users' reports give are AWS's; the others are worded alike.

use api::lambda::{FunctionCodeLocation, ImageConfigResponse, errors};
use model::{
    function::{ImageConfig, ImagePackage, ImageUri, PackageType, Trouble},
    names::Region,
};

use super::code::Source;
use crate::error::Refusal;

/// Why an image is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum ImageRefusal {
    #[error("Source image {0} is not valid. Provide a valid source image.")]
    Source(String),
    #[error("Please provide ImageUri when {0} a function with packageType Image.")]
    OtherSource(&'static str),
    #[error("Please don't provide ImageUri when updating a function with packageType Zip.")]
    UriForZip,
    #[error(
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."
    )]
    ZipSettings,
    #[error("Please don't provide ImageConfig when the intended function PackageType is Zip.")]
    ConfigForZip,
    #[error(
        "Please don't provide SourceKMSKeyArn when the intended function PackageType is Image."
    )]
    SourceKey,
    #[error("ImageConfig must be smaller than {limit_bytes} bytes as JSON")]
    ConfigTooLarge { limit_bytes: usize },
}

impl From<ImageRefusal> for Refusal {
    fn from(refusal: ImageRefusal) -> Self {
        Self::group(errors::invalid_parameter_value(refusal.to_string()))
    }
}

/// Reads `PackageType`, whose words the service model has checked.
pub(super) fn kind(word: Option<&str>) -> PackageType {
    word.and_then(PackageType::from_word).unwrap_or(PackageType::Zip)
}

/// Finds the image that a request names. `doing` is what it does with the function.
pub(super) fn named(
    source: Source,
    region: &Region,
    doing: &'static str,
) -> Result<ImageUri, Refusal> {
    if source.has_archive() {
        return Err(ImageRefusal::OtherSource(doing).into());
    }
    let uri = source.image_uri.ok_or(Refusal::NoCode)?;
    let parsed = uri.parse::<ImageUri>().ok();
    // An image of another region's registry is refused by AWS in these words as well.
    let found = parsed.filter(|uri| uri.ecr_region().is_none_or(|of| of == region.as_str()));
    found.ok_or_else(|| ImageRefusal::Source(uri).into())
}

/// Reads `ImageConfig`; what is empty asks for nothing.
pub(super) fn config(wanted: &api::lambda::ImageConfig) -> ImageConfig {
    ImageConfig {
        entry_point: wanted.entry_point.clone().unwrap_or_default(),
        command: wanted.command.clone().unwrap_or_default(),
        working_directory: wanted.working_directory.clone().unwrap_or_default(),
    }
}

/// Refuses settings that are too large.
pub(super) fn check_size(config: &ImageConfig, limit_bytes: usize) -> Result<(), Refusal> {
    let json = serde_json::to_vec(&wire_config(config)).map_err(Refusal::internal)?;
    if json.len() > limit_bytes {
        return Err(ImageRefusal::ConfigTooLarge { limit_bytes }.into());
    }
    Ok(())
}

/// Shows the settings, if some were chosen.
pub(super) fn show(image: &ImagePackage) -> Option<ImageConfigResponse> {
    let config = &image.image_config;
    (!config.is_empty())
        .then(|| ImageConfigResponse { image_config: Some(wire_config(config)), error: None })
}

/// Shows where the image is. What a tag stands for is not known before the image is fetched.
pub(super) fn location(image: &ImagePackage) -> FunctionCodeLocation {
    let uri = image.image_uri.to_string();
    FunctionCodeLocation {
        repository_type: Some("ECR".to_owned()),
        resolved_image_uri: image.image_uri.digest().map(|_| uri.clone()),
        image_uri: Some(uri),
        ..FunctionCodeLocation::default()
    }
}

/// Says why a function with an image does not become active. Of the API's codes, this one blames neither
/// the image nor its registry.
pub(crate) fn cannot_run(image: &ImagePackage) -> Trouble {
    let reason = format!(
        "Lambkin cannot run container images yet; {} was not fetched. Create a function with \
         PackageType Zip instead, and deploy the code as a .zip file archive.",
        image.image_uri
    );
    Trouble { code: "InvalidConfiguration".to_owned(), reason }
}

fn wire_config(config: &ImageConfig) -> api::lambda::ImageConfig {
    let list = |items: &Vec<String>| (!items.is_empty()).then(|| items.clone());
    let directory = &config.working_directory;
    api::lambda::ImageConfig {
        entry_point: list(&config.entry_point),
        command: list(&config.command),
        working_directory: (!directory.is_empty()).then(|| directory.clone()),
    }
}

#[cfg(test)]
mod tests;
