//! AES-256 in Galois/Counter Mode, as everything here uses it.

use aes_gcm::{
    AeadInPlace, Aes256Gcm, KeyInit,
    aead::{Aead, OsRng, Payload, rand_core::RngCore},
};

use crate::{KeyError, SecretKey};

/// Bytes of a nonce.
pub(crate) const NONCE_BYTES: usize = 12;
/// Bytes that encryption adds.
pub(crate) const TAG_BYTES: usize = 16;

/// A key made ready for use.
pub(crate) struct Cipher(Aes256Gcm);

// === impl Cipher ===

impl Cipher {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self(Aes256Gcm::new(key.expose().into()))
    }

    /// Encrypts under a random nonce, which comes first. For keys that seal far fewer than 2³² things.
    pub(crate) fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.seal_in(context.as_bytes(), plain)
    }

    /// The same in a context of bytes.
    pub(crate) fn seal_in(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0; NONCE_BYTES];
        OsRng.fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: context };
        let sealed = self.0.encrypt(&nonce.into(), payload).map_err(|_| KeyError::Damaged)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Undoes [`Self::seal`], if key, context and content are the same.
    pub(crate) fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.open_in(context.as_bytes(), sealed)
    }

    /// The same in a context of bytes.
    pub(crate) fn open_in(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(KeyError::Damaged)?;
        let payload = Payload { msg: sealed, aad: context };
        self.0.decrypt(&(*nonce).into(), payload).map_err(|_| KeyError::Damaged)
    }

    /// Encrypts under a nonce that the caller uses once; the tag is appended.
    pub(crate) fn seal_with(
        &self,
        nonce: [u8; NONCE_BYTES],
        content: &mut Vec<u8>,
    ) -> Result<(), KeyError> {
        self.0.encrypt_in_place(&nonce.into(), b"", content).map_err(|_| KeyError::Damaged)
    }

    /// Undoes [`Self::seal_with`] in place.
    pub(crate) fn open_with(
        &self,
        nonce: [u8; NONCE_BYTES],
        content: &mut Vec<u8>,
    ) -> Result<(), KeyError> {
        self.0.decrypt_in_place(&nonce.into(), b"", content).map_err(|_| KeyError::Damaged)
    }
}
