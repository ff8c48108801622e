//! Links under which packages are downloaded for a while, without other credentials.

use std::{fmt, sync::Arc, time::Duration};

use hmac::{Hmac, Mac};
use model::Timestamp;
use sha2::Sha256;

/// Signs and verifies `Code.Location`; cheap to clone.
#[derive(Clone)]
pub struct CodeLinks {
    secret: Arc<[u8]>,
    lifetime: Duration,
}

// === impl CodeLinks ===

impl CodeLinks {
    /// Where the gateway serves packages; the digest follows.
    pub const PATH: &'static str = "/_lambkin/code/";

    /// Makes links that are good for `lifetime`. The secret is for this purpose alone.
    pub fn new(secret: &[u8], lifetime: Duration) -> Self {
        Self { secret: secret.into(), lifetime }
    }

    /// Makes a link to the package with this SHA-256 in hexadecimal.
    pub fn sign(&self, endpoint: &str, digest: &str, now: Timestamp) -> String {
        let expires = now.after(self.lifetime).epoch_ms().div_euclid(1000);
        let signature = hex::encode(self.mac(digest, expires).finalize().into_bytes());
        let endpoint = endpoint.trim_end_matches('/');
        format!("{endpoint}{}{digest}?expires={expires}&signature={signature}", Self::PATH)
    }

    /// Tells whether a link is genuine and still good; takes the same time however wrong it is.
    pub fn verify(&self, digest: &str, expires: i64, signature: &str, now: Timestamp) -> bool {
        let Ok(signature) = hex::decode(signature) else { return false };
        let genuine = self.mac(digest, expires).verify_slice(&signature).is_ok();
        genuine && now.epoch_ms().div_euclid(1000) <= expires
    }

    fn mac(&self, digest: &str, expires: i64) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(digest.as_bytes());
        // A digest has no line break, so no two links sign the same text.
        mac.update(b"\n");
        mac.update(expires.to_string().as_bytes());
        mac
    }
}

impl fmt::Debug for CodeLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeLinks").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_ms(1_764_037_614_123);
    const DIGEST: &str = "ab12";

    fn links() -> CodeLinks {
        CodeLinks::new(b"secret", Duration::from_secs(600))
    }

    fn signed() -> (i64, String) {
        let link = links().sign("http://localhost:9999/", DIGEST, NOW);
        let query = link.strip_prefix("http://localhost:9999/_lambkin/code/ab12?expires=").unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        (expires.parse().unwrap(), signature.to_owned())
    }

    #[test]
    fn a_link_is_good_until_it_expires() {
        let (expires, signature) = signed();
        assert_eq!(expires, 1_764_037_614 + 600);
        assert!(links().verify(DIGEST, expires, &signature, NOW));
        let last_second = NOW.after(Duration::from_secs(600));
        assert!(links().verify(DIGEST, expires, &signature, last_second));
        let too_late = NOW.after(Duration::from_secs(601));
        assert!(!links().verify(DIGEST, expires, &signature, too_late));
    }

    #[test]
    fn nothing_of_a_link_can_be_changed() {
        let (expires, signature) = signed();
        assert!(!links().verify("ab13", expires, &signature, NOW));
        assert!(!links().verify(DIGEST, expires + 1, &signature, NOW));
        assert!(!links().verify(DIGEST, expires, &signature[2..], NOW));
        assert!(!links().verify(DIGEST, expires, "no hex", NOW));
        let other = CodeLinks::new(b"other", Duration::from_secs(600));
        assert!(!other.verify(DIGEST, expires, &signature, NOW));
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", links()).contains("secret"));
    }
}
