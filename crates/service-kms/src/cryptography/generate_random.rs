//! `GenerateRandom`.

use api::{
    Call, Handle,
    kms::{GenerateRandom, GenerateRandomRequest, GenerateRandomResponse},
};
use bytes::Bytes;
use vault::random_bytes;
use wire::ApiError;

use super::check_recipient;
use crate::{
    Kms,
    error::{invalid, not_offered},
};

impl Handle<GenerateRandom> for Kms {
    async fn handle(
        &self,
        _: &Call,
        input: GenerateRandomRequest,
    ) -> Result<GenerateRandomResponse, ApiError> {
        check_recipient(input.recipient.as_ref())?;
        if input.custom_key_store_id.is_some() {
            return Err(not_offered("CustomKeyStoreId"));
        }
        let length = input.number_of_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let length = length.ok_or_else(|| invalid("NumberOfBytes is required."))?;
        let plaintext = Some(Bytes::copy_from_slice(&random_bytes(length)));
        Ok(GenerateRandomResponse { plaintext, ciphertext_for_recipient: None })
    }
}
