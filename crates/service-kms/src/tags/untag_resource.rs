//! `UntagResource`.

use api::{
    Call, Handle,
    kms::{UntagResource, UntagResourceRequest},
};
use wire::ApiError;

use crate::Kms;

impl Handle<UntagResource> for Kms {
    async fn handle(&self, call: &Call, input: UntagResourceRequest) -> Result<(), ApiError> {
        let key = self.own_key(call, &input.key_id, "UntagResource").await?;
        let arn = self.keyring.arn(&key);
        let changed = self.keyring.change(&key, |key| {
            key.check_changeable(&arn)?;
            key.tags.retain(|name, _| !input.tag_keys.contains(name));
            Ok(())
        });
        changed.await.map(drop)
    }
}
