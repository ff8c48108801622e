//! Secret keys.

use std::fmt;

use aes_gcm::aead::{OsRng, rand_core::RngCore};
use zeroize::Zeroizing;

/// Bytes of every key.
const KEY_BYTES: usize = 32;

/// A key of AES-256, wiped from memory when it is dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

// === impl SecretKey ===

impl SecretKey {
    /// Makes a key from the system's randomness.
    pub fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        OsRng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// Takes the bytes of a key, if there are 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn from_array(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(bytes)
    }

    /// Shows the bytes to whoever has to store or compare them.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}
