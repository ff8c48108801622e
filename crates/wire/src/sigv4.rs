//! AWS Signature Version 4: verifying who sent a request, and signing one.
//!
//! Verification hashes the request piece by piece, without building the canonical text, and keeps derived keys: it runs
//! on every invocation. The time is an argument, secrets come from a [`Keyring`].

mod body;
mod canonical;
mod claim;
mod instant;
mod key;
mod refusal;
mod sign;
mod verify;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

pub use body::{BodyClaim, BodyReader, BodyRefusal};
pub use claim::{Scope, peek};
pub use refusal::Refusal;
pub use sign::Signer;
pub use verify::{Verified, Verifier};

/// The name of the only algorithm that is spoken here.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The end of every credential scope.
const TERMINATOR: &str = "aws4_request";
/// What a client sends in place of a hash when it has not hashed the body.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The service whose paths are encoded once and whose presigned URLs leave the body out.
const S3: &str = "s3";

/// A secret access key or session token, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Returns the secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Secret {
    fn from(secret: T) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What belongs to an access key id.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The secret access key.
    pub secret: Secret,
    /// The token that must come along, for temporary credentials.
    pub session_token: Option<Secret>,
    /// When the credential ends, for temporary credentials.
    pub expires_at: Option<SystemTime>,
}

/// Finds credentials by access key id.
///
/// Called on every request, so an implementation answers from memory.
pub trait Keyring: Send + Sync {
    /// Whose a key is.
    type Owner;

    /// Returns the credential of an access key id that is active, and its owner.
    ///
    /// Temporary credentials may say all about themselves in the token that came along; a token that
    /// is not genuine belongs to nobody.
    fn find(&self, access_key_id: &str, token: Option<&str>) -> Option<(Credential, Self::Owner)>;
}

impl<F: Fn(&str) -> Option<Credential> + Send + Sync> Keyring for F {
    type Owner = ();

    fn find(&self, access_key_id: &str, _: Option<&str>) -> Option<(Credential, ())> {
        self(access_key_id).map(|credential| (credential, ()))
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
