//! Operations that use keys.

mod decrypt;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod re_encrypt;

use api::kms::{RecipientInfo, errors};
use bytes::Bytes;
use vault::random_bytes;
use wire::ApiError;
use zeroize::Zeroizing;

use crate::{
    Kms,
    ciphertext::EncryptionContext,
    error::{invalid, not_offered},
    key::{Key, SPEC},
    kms::failed,
};

/// A data key: its encryption, and itself.
struct DataKey {
    blob: Bytes,
    plain: Zeroizing<Vec<u8>>,
    material: Option<String>,
}

// === impl Kms: cryptography ===

impl Kms {
    fn encrypt(
        &self,
        key: &Key,
        context: Option<EncryptionContext>,
        plain: &[u8],
    ) -> Result<Bytes, ApiError> {
        let blob = self.keyring.encrypt(key, &context.unwrap_or_default(), plain);
        blob.map(Bytes::from).map_err(|error| failed(&error))
    }

    fn data_key(
        &self,
        key: &Key,
        context: Option<EncryptionContext>,
        length: usize,
    ) -> Result<DataKey, ApiError> {
        let plain = random_bytes(length);
        let blob = self.encrypt(key, context, &plain)?;
        Ok(DataKey { blob, plain, material: material_id(key) })
    }
}

/// Gives the id of the material that encrypts.
fn material_id(key: &Key) -> Option<String> {
    key.material.last().map(|material| material.id.clone())
}

/// Reads how long a data key is to be; AWS's text, as it is reported.
fn length(spec: Option<&str>, bytes: Option<i32>) -> Result<usize, ApiError> {
    match (spec, bytes) {
        (Some("AES_128"), None) => Ok(16),
        (Some(_), None) => Ok(32),
        (None, Some(bytes)) => Ok(usize::try_from(bytes).unwrap_or_default()),
        _ => Err(invalid("Please specify either number of bytes or key spec.")),
    }
}

fn check_algorithm(algorithm: Option<&str>) -> Result<(), ApiError> {
    match algorithm {
        None | Some(SPEC) => Ok(()),
        Some(other) => Err(errors::invalid_key_usage(format!(
            "You cannot use the algorithm {other} with a key whose spec is {SPEC}."
        ))),
    }
}

fn check_recipient(recipient: Option<&RecipientInfo>) -> Result<(), ApiError> {
    recipient.map_or(Ok(()), |_| Err(not_offered("Recipient")))
}
