//! Who is calling.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use api::Caller;
use http::request::Parts;
use model::Region;
use wire::sigv4::{self, BodyClaim, Credential, Keyring, Refusal, Verified, Verifier};

/// Knows every access key and whom it belongs to; answers from memory.
pub trait Principals: Send + Sync + fmt::Debug {
    /// Finds the secret of an active key and whose key it is; temporary keys come with a token.
    fn find(&self, access_key_id: &str, token: Option<&str>) -> Option<(Credential, Caller)>;

    /// Gives the owner of the account, as whom everyone calls when authentication is off.
    fn root(&self) -> Caller;
}

/// Whether callers have to prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Every request must be signed.
    On,
    /// Signatures are not looked at.
    Off,
}

/// Lets requests in.
#[derive(Debug)]
pub(crate) struct Authenticator {
    auth: Auth,
    principals: Arc<dyn Principals>,
    verifier: Verifier<Keys>,
    default_region: Region,
}

/// A caller, and the region that the call is for.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) region: Arc<str>,
}

#[derive(Debug)]
struct Keys(Arc<dyn Principals>);

impl Keyring for Keys {
    type Owner = Caller;

    fn find(&self, access_key_id: &str, token: Option<&str>) -> Option<(Credential, Caller)> {
        self.0.find(access_key_id, token)
    }
}

// === impl Authenticator ===

impl Authenticator {
    pub(crate) fn new(
        auth: Auth,
        principals: Arc<dyn Principals>,
        skew: Duration,
        default_region: Region,
    ) -> Self {
        let verifier = Verifier::new(Keys(Arc::clone(&principals)), skew);
        Self { auth, principals, verifier, default_region }
    }

    /// Tells whether unsigned requests are let in.
    pub(crate) fn is_off(&self) -> bool {
        self.auth == Auth::Off
    }

    /// Verifies who signed the request.
    pub(crate) fn admit(
        &self,
        parts: &Parts,
        body: &[u8],
        now: SystemTime,
    ) -> Result<Admitted, Refusal> {
        if self.is_off() {
            return Ok(self.anyone(parts));
        }
        checked(self.verifier.verify(parts, body, now)?)
    }

    /// Verifies who signed the head of a request, and tells what its body has to be.
    pub(crate) fn admit_head(
        &self,
        parts: &Parts,
        now: SystemTime,
    ) -> Result<(Admitted, BodyClaim), Refusal> {
        if self.is_off() {
            return Ok((self.anyone(parts), BodyClaim::unverified(&parts.headers)?));
        }
        let (verified, claim) = self.verifier.verify_head(parts, now)?;
        Ok((checked(verified)?, claim))
    }

    fn anyone(&self, parts: &Parts) -> Admitted {
        let claimed = sigv4::peek(parts, |scope| scope.region.parse::<Region>().ok());
        let region = claimed.flatten().unwrap_or_else(|| self.default_region.clone());
        Admitted { caller: self.principals.root(), region: region.as_str().into() }
    }
}

/// Checks what a good signature may have been made for all the same: something that is no region.
fn checked(verified: Verified<Caller>) -> Result<Admitted, Refusal> {
    if verified.region.parse::<Region>().is_err() {
        let reason = "Credential should be scoped to a valid region.";
        return Err(Refusal::Expired(reason.to_owned()));
    }
    Ok(Admitted { caller: verified.owner, region: verified.region.into() })
}

/// Tells which service a request is signed for, without checking the signature.
pub(crate) fn claimed_service<T>(parts: &Parts, then: impl FnOnce(&str) -> T) -> Option<T> {
    sigv4::peek(parts, |scope| then(scope.service))
}
