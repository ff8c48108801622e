//! `ListKeyRotations`.

use api::{
    Call, Handle,
    kms::{
        ListKeyRotations, ListKeyRotationsRequest, ListKeyRotationsResponse, RotationsListEntry,
    },
};
use wire::{ApiError, Timestamp};

use crate::{Kms, page::page};

/// How many rotations a page has if the request does not say.
const PAGE: usize = 100;
/// The value that asks for the material that the key was made with, too.
const ALL: &str = "ALL_KEY_MATERIAL";

impl Handle<ListKeyRotations> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ListKeyRotationsRequest,
    ) -> Result<ListKeyRotationsResponse, ApiError> {
        let key = self.key_itself(call, &input.key_id).await?;
        let arn = self.keyring.arn(&key);
        let all = input.include_key_material.as_deref() == Some(ALL);
        let current = key.material.len() - 1;
        let entries = key.material.iter().enumerate().filter_map(|(at, material)| {
            let rotation = material.made.rotation();
            let state = if at == current { "CURRENT" } else { "NON_CURRENT" };
            let entry = RotationsListEntry {
                key_id: Some(arn.clone()),
                key_material_id: Some(material.id.clone()),
                key_material_state: Some(state.to_owned()),
                rotation_date: rotation.map(|_| Timestamp::from_epoch_ms(material.since_ms)),
                rotation_type: rotation.map(str::to_owned),
                ..RotationsListEntry::default()
            };
            (all || rotation.is_some()).then(|| (format!("{at:08}"), entry))
        });
        let page = page(entries, input.marker.as_deref(), input.limit, PAGE)?;
        Ok(ListKeyRotationsResponse {
            rotations: Some(page.items),
            next_marker: page.next,
            truncated: Some(page.truncated),
        })
    }
}
