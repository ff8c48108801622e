//! Signing keys: derived once a day for each region and service, then remembered.

use std::collections::HashMap;

use hmac::{Hmac, Mac};
use parking_lot::RwLock;
use sha2::Sha256;

use super::{Scope, Secret, TERMINATOR};

/// More derived keys than this are not remembered; one day of one account needs one for each service and region.
const CAPACITY: usize = 1024;

/// A key, ready to sign: the state of an HMAC that has taken it in.
pub(super) type Key = Hmac<Sha256>;

/// The keys that have signed a request that was accepted.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// By the whole credential, which a request spells in one piece.
    derived: RwLock<HashMap<Box<str>, Entry>>,
}

#[derive(Debug)]
struct Entry {
    secret: Secret,
    key: Key,
}

impl Keys {
    /// Returns the key of a credential if it was derived from that secret.
    pub(super) fn get(&self, credential: &str, secret: &Secret) -> Option<Key> {
        let derived = self.derived.read();
        // A secret that was replaced under the same id must not live on here.
        derived
            .get(credential)
            .filter(|entry| entry.secret == *secret)
            .map(|entry| entry.key.clone())
    }

    /// Remembers a key, which the caller does only after a signature by it was right: strangers cannot fill the memory.
    pub(super) fn remember(&self, credential: &str, secret: Secret, key: Key) {
        let mut derived = self.derived.write();
        if derived.len() >= CAPACITY {
            derived.clear();
        }
        derived.insert(credential.into(), Entry { secret, key });
    }
}

/// Derives the key of a day, region and service.
pub(super) fn derive(secret: &Secret, scope: &Scope<'_>) -> Key {
    let mut first = Vec::with_capacity(4 + secret.reveal().len());
    first.extend_from_slice(b"AWS4");
    first.extend_from_slice(secret.reveal().as_bytes());
    let mut key = keyed(&first);
    for part in [scope.date, scope.region, scope.service, TERMINATOR] {
        key.update(part.as_bytes());
        key = keyed(&key.finalize().into_bytes());
    }
    key
}

/// Signs the digest of a canonical request.
pub(super) fn sign(mut key: Key, amz_date: &str, scope: &Scope<'_>, digest: &[u8; 32]) -> [u8; 32] {
    let mut digest_hex = [0; 64];
    hex::encode_to_slice(digest, &mut digest_hex).expect("64 digits hold 32 bytes");
    for part in [
        super::ALGORITHM,
        "\n",
        amz_date,
        "\n",
        scope.date,
        "/",
        scope.region,
        "/",
        scope.service,
        "/",
        TERMINATOR,
        "\n",
    ] {
        key.update(part.as_bytes());
    }
    key.update(&digest_hex);
    key.finalize().into_bytes().into()
}

/// Signs a text that is there as a whole.
pub(super) fn sign_text(mut key: Key, text: &str) -> [u8; 32] {
    key.update(text.as_bytes());
    key.finalize().into_bytes().into()
}

fn keyed(bytes: &[u8]) -> Key {
    Key::new_from_slice(bytes).expect("an HMAC takes a key of any length")
}
