//! `ListSigningProfiles`.

use api::{
    Call, Handle,
    signer::{
        ListSigningProfiles, ListSigningProfilesRequest, ListSigningProfilesResponse,
        SigningProfile,
    },
};
use wire::ApiError;

use crate::{
    Signer,
    profile::{PLATFORM, PLATFORM_NAME, Profile, Status, Version},
    signer::key,
};

const PAGE: usize = 25;

impl Handle<ListSigningProfiles> for Signer {
    async fn handle(
        &self,
        call: &Call,
        input: ListSigningProfilesRequest,
    ) -> Result<ListSigningProfilesResponse, ApiError> {
        let size = input.max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
        let after = input.next_token.as_deref().map(|name| key(&call.region, name));
        let rows = self.profiles.range(&key(&call.region, ""), after.as_deref(), usize::MAX);
        let mut names = Vec::new();
        let mut profiles = Vec::new();
        for row in &rows {
            let Some(version) = row.value.latest().filter(|version| wanted(version, &input)) else {
                continue;
            };
            if profiles.len() == size {
                let next_token = names.last().cloned();
                return Ok(ListSigningProfilesResponse { profiles: Some(profiles), next_token });
            }
            names.push(row.value.name.clone());
            profiles.push(self.show(call, &row.value, version));
        }
        Ok(ListSigningProfilesResponse { profiles: Some(profiles), next_token: None })
    }
}

impl Signer {
    fn show(&self, call: &Call, profile: &Profile, version: &Version) -> SigningProfile {
        let name = &profile.name;
        SigningProfile {
            profile_name: Some(name.clone()),
            profile_version: Some(version.id.clone()),
            profile_version_arn: Some(self.version_arn(call, name, &version.id)),
            signing_material: version.material(),
            signature_validity_period: version.validity(),
            platform_id: Some(PLATFORM.to_owned()),
            platform_display_name: Some(PLATFORM_NAME.to_owned()),
            signing_parameters: version.parameters(),
            status: Some(version.status.as_str().to_owned()),
            arn: Some(self.arn(call, name)),
            tags: (!profile.tags.is_empty()).then(|| profile.tags.clone()),
        }
    }
}

/// Profiles that were given up are listed for those only who ask for them.
fn wanted(version: &Version, input: &ListSigningProfilesRequest) -> bool {
    let status = version.status.as_str();
    let by_status = match &input.statuses {
        Some(statuses) => statuses.iter().any(|wanted| wanted == status),
        None => input.include_canceled.unwrap_or(false) || version.status == Status::Active,
    };
    by_status && input.platform_id.as_deref().is_none_or(|platform| platform == PLATFORM)
}
