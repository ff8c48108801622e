//! What encryption gives: which key and which of its materials made it, and the sealed message.
//!
//! ```text
//! magic | length of the key's ARN | the key's ARN | id of the material | sealed message
//! ```
//!
//! Everything before the message, and the encryption context, is authenticated with it.

use std::collections::BTreeMap;

use vault::{KeyError, SecretKey};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"lmbkkms\x01";
/// Bytes of the id of a material.
pub(crate) const MATERIAL_BYTES: usize = 32;

/// What a caller binds a ciphertext to.
pub(crate) type EncryptionContext = BTreeMap<String, String>;

/// A ciphertext taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ciphertext<'a> {
    pub(crate) key_arn: &'a str,
    pub(crate) material: [u8; MATERIAL_BYTES],
    header: &'a [u8],
    sealed: &'a [u8],
}

/// Encrypts with one material of a key.
pub(crate) fn encrypt(
    key_arn: &str,
    material: [u8; MATERIAL_BYTES],
    secret: &SecretKey,
    (context, plain): (&EncryptionContext, &[u8]),
) -> Result<Vec<u8>, KeyError> {
    let length = u8::try_from(key_arn.len()).map_err(|_| KeyError::Damaged)?;
    let mut blob = [&MAGIC[..], &[length], key_arn.as_bytes(), &material].concat();
    let sealed = secret.seal_message(&bound(&blob, context), plain)?;
    blob.extend_from_slice(&sealed);
    Ok(blob)
}

// === impl Ciphertext ===

impl<'a> Ciphertext<'a> {
    /// Takes apart what [`encrypt`] has made; nothing if it is something else.
    pub(crate) fn read(blob: &'a [u8]) -> Option<Self> {
        let rest = blob.strip_prefix(MAGIC)?;
        let (length, rest) = rest.split_first()?;
        let (arn, rest) = rest.split_at_checked(usize::from(*length))?;
        let (material, sealed) = rest.split_first_chunk::<MATERIAL_BYTES>()?;
        let header = blob.get(..blob.len() - sealed.len())?;
        Some(Self { key_arn: str::from_utf8(arn).ok()?, material: *material, header, sealed })
    }

    /// Decrypts it with the material that has made it.
    pub(crate) fn open(
        &self,
        secret: &SecretKey,
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        secret.open_message(&bound(self.header, context), self.sealed)
    }
}

/// Writes what a message is bound to so that no two contexts look alike.
fn bound(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut bytes = header.to_vec();
    for text in context.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const MATERIAL: [u8; MATERIAL_BYTES] = [7; MATERIAL_BYTES];

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_ciphertext_names_its_key_and_opens_in_its_context_only() {
        let secret = SecretKey::generate();
        let own = context(&[("a", "b"), ("c", "d")]);
        let blob = encrypt(ARN, MATERIAL, &secret, (&own, b"plain")).unwrap();
        let read = Ciphertext::read(&blob).unwrap();
        assert_eq!((read.key_arn, read.material), (ARN, MATERIAL));
        assert_eq!(read.open(&secret, &own).unwrap().as_slice(), b"plain");
        for other in [
            context(&[]),
            context(&[("a", "b")]),
            context(&[("a", "bc"), ("", "d")]),
            context(&[("a", "b"), ("c", "D")]),
            context(&[("a", "d"), ("c", "b")]),
        ] {
            assert_eq!(read.open(&secret, &other), Err(KeyError::Damaged), "{other:?}");
        }
    }

    #[test]
    fn a_ciphertext_that_was_changed_anywhere_does_not_open() {
        let secret = SecretKey::generate();
        let blob = encrypt(ARN, MATERIAL, &secret, (&context(&[]), b"p")).unwrap();
        for at in 0..blob.len() {
            let mut bent = blob.clone();
            bent[at] ^= 1;
            let opened = Ciphertext::read(&bent).map(|read| read.open(&secret, &context(&[])));
            assert!(matches!(opened, None | Some(Err(_))), "byte {at}");
            let short = Ciphertext::read(&blob[..at]);
            let opened = short.map(|read| read.open(&secret, &context(&[])));
            assert!(matches!(opened, None | Some(Err(_))), "{at} bytes");
        }
    }
}
