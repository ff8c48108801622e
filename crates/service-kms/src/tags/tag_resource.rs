//! `TagResource`.

use api::{
    Call, Handle,
    kms::{TagResource, TagResourceRequest},
};
use wire::ApiError;

use super::add;
use crate::Kms;

impl Handle<TagResource> for Kms {
    async fn handle(&self, call: &Call, input: TagResourceRequest) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "TagResource").await?;
        let arn = self.keyring.arn(&key);
        let changed = self.keyring.change(&key, |key| {
            key.check_changeable(&arn)?;
            add(&mut key.tags, &input.tags, self.config.tags_per_key)
        });
        changed.await.map(drop)
    }
}
