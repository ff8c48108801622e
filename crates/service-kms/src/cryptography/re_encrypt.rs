//! `ReEncrypt`.

use api::{
    Call, Handle,
    kms::{ReEncrypt, ReEncryptRequest, ReEncryptResponse, errors},
};
use wire::ApiError;

use super::{check_algorithm, material_id};
use crate::{Kms, ciphertext::Ciphertext, error::dry, key::SPEC, kms::failed};

impl Handle<ReEncrypt> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ReEncryptRequest,
    ) -> Result<ReEncryptResponse, ApiError> {
        check_algorithm(input.source_encryption_algorithm.as_deref())?;
        check_algorithm(input.destination_encryption_algorithm.as_deref())?;
        let blob = input.ciphertext_blob.unwrap_or_default();
        let unreadable = || errors::invalid_ciphertext("").without_message();
        let read = Ciphertext::read(&blob).ok_or_else(unreadable)?;
        let named = input.source_key_id.as_deref();
        let source = self.maker(call, (&read, named), "ReEncryptFrom").await?;
        let key = self.usable_key(call, &input.destination_key_id, "ReEncryptTo").await?;
        let context = input.source_encryption_context.unwrap_or_default();
        let plain =
            self.keyring.decrypt(&source, &read, &context).map_err(|error| failed(&error))?;
        dry(input.dry_run)?;
        Ok(ReEncryptResponse {
            ciphertext_blob: Some(self.encrypt(
                &key,
                input.destination_encryption_context,
                &plain,
            )?),
            source_key_id: Some(self.keyring.arn(&source)),
            key_id: Some(self.keyring.arn(&key)),
            source_encryption_algorithm: Some(SPEC.to_owned()),
            destination_encryption_algorithm: Some(SPEC.to_owned()),
            source_key_material_id: Some(hex::encode(read.material)),
            destination_key_material_id: material_id(&key),
        })
    }
}
