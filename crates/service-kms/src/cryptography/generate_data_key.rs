//! `GenerateDataKey`.

use api::{
    Call, Handle,
    kms::{GenerateDataKey, GenerateDataKeyRequest, GenerateDataKeyResponse},
};
use bytes::Bytes;
use wire::ApiError;

use super::{check_recipient, length};
use crate::{Kms, error::dry};

impl Handle<GenerateDataKey> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: GenerateDataKeyRequest,
    ) -> Result<GenerateDataKeyResponse, ApiError> {
        let length = length(input.key_spec.as_deref(), input.number_of_bytes)?;
        check_recipient(input.recipient.as_ref())?;
        let key = self.usable_key(call, &input.key_id, "GenerateDataKey").await?;
        dry(input.dry_run)?;
        let made = self.data_key(&key, input.encryption_context, length)?;
        Ok(GenerateDataKeyResponse {
            ciphertext_blob: Some(made.blob),
            plaintext: Some(Bytes::copy_from_slice(&made.plain)),
            key_id: Some(self.keyring.arn(&key)),
            ciphertext_for_recipient: None,
            key_material_id: made.material,
        })
    }
}
