//! `Encrypt`.

use api::{
    Call, Handle,
    kms::{Encrypt, EncryptRequest, EncryptResponse},
};
use wire::ApiError;

use super::check_algorithm;
use crate::{Kms, error::dry, key::SPEC};

impl Handle<Encrypt> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: EncryptRequest,
    ) -> Result<EncryptResponse, ApiError> {
        let key = self.usable_key(call, &input.key_id, "Encrypt").await?;
        check_algorithm(input.encryption_algorithm.as_deref())?;
        dry(input.dry_run)?;
        Ok(EncryptResponse {
            ciphertext_blob: Some(self.encrypt(
                &key,
                input.encryption_context,
                &input.plaintext,
            )?),
            key_id: Some(self.keyring.arn(&key)),
            encryption_algorithm: Some(SPEC.to_owned()),
        })
    }
}
