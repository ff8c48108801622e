//! `GetSigningProfile`.

use api::{
    Call, Handle,
    signer::{GetSigningProfile, GetSigningProfileRequest, GetSigningProfileResponse},
};
use wire::ApiError;

use crate::{
    Signer,
    profile::{PLATFORM, PLATFORM_NAME},
};

impl Handle<GetSigningProfile> for Signer {
    async fn handle(
        &self,
        call: &Call,
        input: GetSigningProfileRequest,
    ) -> Result<GetSigningProfileResponse, ApiError> {
        let profile = self.find(call, &input.profile_name)?;
        let Some(version) = profile.latest() else {
            return Ok(GetSigningProfileResponse::default());
        };
        let name = &profile.name;
        Ok(GetSigningProfileResponse {
            profile_name: Some(name.clone()),
            profile_version: Some(version.id.clone()),
            profile_version_arn: Some(self.version_arn(call, name, &version.id)),
            revocation_record: version.revocation(),
            signing_material: version.material(),
            platform_id: Some(PLATFORM.to_owned()),
            platform_display_name: Some(PLATFORM_NAME.to_owned()),
            signature_validity_period: version.validity(),
            overrides: None,
            signing_parameters: version.parameters(),
            status: Some(version.status.as_str().to_owned()),
            status_reason: version.status.reason(),
            arn: Some(self.arn(call, name)),
            tags: (!profile.tags.is_empty()).then(|| profile.tags.clone()),
        })
    }
}
