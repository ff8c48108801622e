//! `Decrypt`.

use api::{
    Call, Handle,
    kms::{Decrypt, DecryptRequest, DecryptResponse, errors},
};
use bytes::Bytes;
use wire::ApiError;

use super::{check_algorithm, check_recipient};
use crate::{Kms, ciphertext::Ciphertext, error::dry, key::SPEC, kms::failed};

impl Handle<Decrypt> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: DecryptRequest,
    ) -> Result<DecryptResponse, ApiError> {
        check_algorithm(input.encryption_algorithm.as_deref())?;
        check_recipient(input.recipient.as_ref())?;
        let blob = input.ciphertext_blob.unwrap_or_default();
        let unreadable = || errors::invalid_ciphertext("").without_message();
        let read = Ciphertext::read(&blob).ok_or_else(unreadable)?;
        let key = self.maker(call, (&read, input.key_id.as_deref()), "Decrypt").await?;
        let context = input.encryption_context.unwrap_or_default();
        let plain = self.keyring.decrypt(&key, &read, &context).map_err(|error| failed(&error))?;
        dry(input.dry_run)?;
        Ok(DecryptResponse {
            key_id: Some(self.keyring.arn(&key)),
            plaintext: Some(Bytes::copy_from_slice(&plain)),
            encryption_algorithm: Some(SPEC.to_owned()),
            ciphertext_for_recipient: None,
            key_material_id: Some(hex::encode(read.material)),
        })
    }
}
