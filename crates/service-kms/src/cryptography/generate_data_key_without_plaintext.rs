//! `GenerateDataKeyWithoutPlaintext`.

use api::{
    Call, Handle,
    kms::{
        GenerateDataKeyWithoutPlaintext, GenerateDataKeyWithoutPlaintextRequest,
        GenerateDataKeyWithoutPlaintextResponse,
    },
};
use wire::ApiError;

use super::length;
use crate::{Kms, error::dry};

impl Handle<GenerateDataKeyWithoutPlaintext> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: GenerateDataKeyWithoutPlaintextRequest,
    ) -> Result<GenerateDataKeyWithoutPlaintextResponse, ApiError> {
        let length = length(input.key_spec.as_deref(), input.number_of_bytes)?;
        let action = "GenerateDataKeyWithoutPlaintext";
        let key = self.usable_key(call, &input.key_id, action).await?;
        dry(input.dry_run)?;
        let made = self.data_key(&key, input.encryption_context, length)?;
        Ok(GenerateDataKeyWithoutPlaintextResponse {
            ciphertext_blob: Some(made.blob),
            key_id: Some(self.keyring.arn(&key)),
            key_material_id: made.material,
        })
    }
}
