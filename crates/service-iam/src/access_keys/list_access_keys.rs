//! `ListAccessKeys`.

use api::iam::{AccessKeyMetadata, ListAccessKeys, ListAccessKeysRequest, ListAccessKeysResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::access_keys::status;
use crate::page::{Page, page};

impl Handle<ListAccessKeys> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: ListAccessKeysRequest,
    ) -> Result<ListAccessKeysResponse, ApiError> {
        let user = self.user_or_self(call, input.user_name.as_deref())?;
        let all = user.keys.iter().map(|key| {
            let metadata = AccessKeyMetadata {
                user_name: Some(user.name.clone()),
                access_key_id: Some(key.id.clone()),
                status: Some(status(key.active).to_owned()),
                create_date: Some(wire::Timestamp::from_epoch_ms(key.created_ms)),
            };
            (key.id.clone(), metadata)
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: access_key_metadata, is_truncated, marker } = page;
        Ok(ListAccessKeysResponse { access_key_metadata, is_truncated, marker })
    }
}
