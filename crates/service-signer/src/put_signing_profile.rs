//! `PutSigningProfile`.

use api::{
    Call, Handle,
    signer::{PutSigningProfile, PutSigningProfileRequest, PutSigningProfileResponse, errors},
};
use wire::ApiError;

use crate::{
    Signer,
    profile::{CERTIFICATE, PLATFORM, Profile, Status, Version},
    signer::{Stop, key},
};

const VERSION_LENGTH: usize = 10;
const FINGERPRINT_LENGTH: usize = 64;

impl Handle<PutSigningProfile> for Signer {
    /// Makes a profile, or the next version of one that was given up.
    async fn handle(
        &self,
        call: &Call,
        input: PutSigningProfileRequest,
    ) -> Result<PutSigningProfileResponse, ApiError> {
        let version = self.version(&input)?;
        let (name, id) = (input.profile_name, version.id.clone());
        let tags = input.tags.unwrap_or_default();
        let put = |current: Option<&Profile>| -> Result<_, Stop> {
            let mut profile = current.cloned().unwrap_or_else(|| Profile {
                name: name.clone(),
                versions: Vec::new(),
                tags: tags.clone(),
            });
            if profile.latest().is_some_and(|latest| latest.status == Status::Active) {
                let text = format!("Signing profile {name} already exists.");
                return Err(Stop(errors::validation(text)));
            }
            profile.versions.push(version.clone());
            Ok(Some(profile))
        };
        let put = self.profiles.update(&key(&call.region, &name), put).await;
        put.map_err(|Stop(error)| error)?;
        Ok(PutSigningProfileResponse {
            arn: Some(self.arn(call, &name)),
            profile_version_arn: Some(self.version_arn(call, &name, &id)),
            profile_version: Some(id),
        })
    }
}

impl Signer {
    fn version(&self, input: &PutSigningProfileRequest) -> Result<Version, ApiError> {
        if input.platform_id != PLATFORM {
            let text = format!("Platform {} is not offered; {PLATFORM} is.", input.platform_id);
            return Err(errors::validation(text));
        }
        if input.overrides.is_some() {
            return Err(errors::validation(format!("Platform {PLATFORM} has no overrides.")));
        }
        let mut parameters = input.signing_parameters.clone().unwrap_or_default();
        if let Some(certificate) = parameters.get_mut(CERTIFICATE) {
            *certificate = fingerprint(certificate).ok_or_else(|| {
                errors::validation(
                    "The signing parameter certificate has to be the SHA-256 of a certificate: 64 \
                     hexadecimal digits.",
                )
            })?;
        }
        let validity = input.signature_validity_period.as_ref();
        Ok(Version {
            id: self.ids.next().simple().to_string()[..VERSION_LENGTH].to_owned(),
            status: Status::Active,
            parameters,
            validity: validity.and_then(|period| Some((period.value?, period.r#type.clone()?))),
            material: input.signing_material.as_ref().map(|found| found.certificate_arn.clone()),
        })
    }
}

/// Reads a fingerprint as tools print it, with colons or without.
fn fingerprint(text: &str) -> Option<String> {
    let digits = text.replace(':', "").to_ascii_lowercase();
    let is_one =
        digits.len() == FINGERPRINT_LENGTH && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_one.then_some(digits)
}
