//! What a key of the customer's seals: any number of messages, each under a key of its own.
//!
//! Random nonces of AES-GCM repeat too soon for a key that lives for years. So each message has a key,
//! derived from the customer's by a random salt, as AWS KMS does it.

use aes_gcm::aead::{OsRng, rand_core::RngCore};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{KeyError, SecretKey, cipher::Cipher};

const SALT_BYTES: usize = 32;
const PURPOSE: &[u8] = b"lambkin message key\n";

// === impl SecretKey: messages ===

impl SecretKey {
    /// Encrypts a message, so that it opens under this key in this context only.
    pub fn seal_message(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut salt = [0; SALT_BYTES];
        OsRng.fill_bytes(&mut salt);
        let sealed = Cipher::new(&self.derive(&salt)).seal_in(context, plain)?;
        Ok([&salt[..], &sealed].concat())
    }

    /// Undoes [`Self::seal_message`].
    pub fn open_message(
        &self,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (salt, sealed) = sealed.split_first_chunk::<SALT_BYTES>().ok_or(KeyError::Damaged)?;
        Cipher::new(&self.derive(salt)).open_in(context, sealed).map(Zeroizing::new)
    }

    fn derive(&self, salt: &[u8; SALT_BYTES]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(self.expose());
        let mut mac = mac.expect("any length is a key");
        mac.update(PURPOSE);
        mac.update(salt);
        let bytes = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
        Self::from_array(bytes)
    }
}

/// Makes random bytes, from the system's randomness.
pub fn random_bytes(length: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    OsRng.fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_opens_with_its_key_in_its_context_and_unchanged() {
        let (key, other) = (SecretKey::generate(), SecretKey::generate());
        let sealed = key.seal_message(b"c", b"secret").unwrap();
        assert_eq!(key.open_message(b"c", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(key.open_message(b"d", &sealed), Err(KeyError::Damaged));
        assert_eq!(other.open_message(b"c", &sealed), Err(KeyError::Damaged));
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert_eq!(key.open_message(b"c", &bent), Err(KeyError::Damaged), "byte {at}");
            assert!(key.open_message(b"c", &sealed[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn equal_messages_look_different() {
        let key = SecretKey::generate();
        assert_ne!(key.seal_message(b"c", b"m"), key.seal_message(b"c", b"m"));
    }
}
