//! The check of one request.

use std::time::{Duration, SystemTime};

use http::HeaderName;
use http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::body::{BodyClaim, ChunkSigner};
use super::canonical::Canonical;
use super::claim::Claim;
use super::key::{self, Key, Keys};
use super::{Credential, Keyring, Refusal, S3, Scope, Secret, UNSIGNED_PAYLOAD, instant};

/// Verifies signatures against a keyring.
#[derive(Debug)]
pub struct Verifier<K> {
    keyring: K,
    skew: Duration,
    keys: Keys,
}

/// A request whose sender is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<O = ()> {
    /// Who that is, as the keyring says.
    pub owner: O,
    /// The key that signed it.
    pub access_key_id: String,
    /// The region that it was signed for.
    pub region: String,
    /// The service that it was signed for.
    pub service: String,
    /// Whether the signature came in the URL.
    pub presigned: bool,
}

impl<K: Keyring> Verifier<K> {
    /// Makes a verifier; clocks may differ by `skew` (5 minutes at AWS).
    pub fn new(keyring: K, skew: Duration) -> Self {
        Self { keyring, skew, keys: Keys::default() }
    }

    /// Checks the signature of a request with its whole body, at the given time.
    pub fn verify(
        &self,
        parts: &Parts,
        body: &[u8],
        now: SystemTime,
    ) -> Result<Verified<K::Owner>, Refusal> {
        let claim = Claim::read(parts)?;
        let scope = claim.scope()?;
        let (credential, owner) = self.check_claim(parts, &claim, &scope, now)?;
        let payload_hash = payload_hash(parts, body, &claim, &scope)?;
        let canonical = Canonical {
            parts,
            service: scope.service,
            signed_headers: &claim.signed_headers,
            payload_hash: payload_hash.as_str(),
        };
        self.check_signature(&claim, &scope, &credential.secret, &canonical.digest()?)?;
        // Only who holds the secret is told what is wrong with the token.
        check_token(&claim, &credential, now)?;
        Ok(verified(&claim, &scope, owner))
    }

    /// Checks the signature of a request whose body has not been read, as S3's may be too large for
    /// that. The body has to be read as the claim that comes along says.
    pub fn verify_head(
        &self,
        parts: &Parts,
        now: SystemTime,
    ) -> Result<(Verified<K::Owner>, BodyClaim), Refusal> {
        let claim = Claim::read(parts)?;
        let scope = claim.scope()?;
        let (credential, owner) = self.check_claim(parts, &claim, &scope, now)?;
        let declared = declared_hash(parts);
        let body = BodyClaim::read(declared, claim.expires_s.is_some())?;
        let canonical = Canonical {
            parts,
            service: scope.service,
            signed_headers: &claim.signed_headers,
            payload_hash: declared.unwrap_or(UNSIGNED_PAYLOAD),
        };
        let secret = &credential.secret;
        let key = self.check_signature(&claim, &scope, secret, &canonical.digest()?)?;
        check_token(&claim, &credential, now)?;
        let signer = ChunkSigner::new(key, &claim.amz_date, &scope, claim.signature);
        let body = body.signed(declared, signer);
        Ok((verified(&claim, &scope, owner), body))
    }

    fn check_claim(
        &self,
        parts: &Parts,
        claim: &Claim<'_>,
        scope: &Scope<'_>,
        now: SystemTime,
    ) -> Result<(Credential, K::Owner), Refusal> {
        check_signed_headers(parts, claim)?;
        self.check_time(claim, scope, now)?;
        let found = self.keyring.find(scope.access_key_id, claim.token.as_deref());
        found.ok_or(Refusal::UnknownKey)
    }

    fn check_signature(
        &self,
        claim: &Claim<'_>,
        scope: &Scope<'_>,
        secret: &Secret,
        digest: &[u8; 32],
    ) -> Result<Key, Refusal> {
        let known = self.keys.get(&claim.credential, secret);
        let key = known.clone().unwrap_or_else(|| key::derive(secret, scope));
        let expected = key::sign(key.clone(), &claim.amz_date, scope, digest);
        if !bool::from(expected.ct_eq(&claim.signature)) {
            return Err(Refusal::Mismatch);
        }
        if known.is_none() {
            self.keys.remember(&claim.credential, secret.clone(), key.clone());
        }
        Ok(key)
    }

    fn check_time(
        &self,
        claim: &Claim<'_>,
        scope: &Scope<'_>,
        now: SystemTime,
    ) -> Result<(), Refusal> {
        let amz_date = claim.amz_date.as_ref();
        let Some(signed_at) = instant::parse(amz_date) else {
            return Err(Refusal::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{amz_date}'."
            )));
        };
        if !amz_date.starts_with(scope.date) || scope.date.len() != 8 {
            return Err(Refusal::Expired(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{amz_date}'.",
                scope.date,
                &amz_date[..8]
            )));
        }
        let good_for =
            claim.expires_s.map_or(self.skew, |seconds| Duration::from_secs(seconds.into()));
        let written = |moment: SystemTime| instant::format(moment);
        if signed_at + good_for < now {
            let edge = written(now.checked_sub(good_for).unwrap_or(SystemTime::UNIX_EPOCH));
            let (now, by) = (written(now), spoken(good_for));
            return Err(Refusal::Expired(format!(
                "Signature expired: {amz_date} is now earlier than {edge} ({now} - {by}.)"
            )));
        }
        if signed_at > now + self.skew {
            let edge = written(now + self.skew);
            let (now, by) = (written(now), spoken(self.skew));
            return Err(Refusal::Expired(format!(
                "Signature not yet current: {amz_date} is still later than {edge} ({now} + {by}.)"
            )));
        }
        Ok(())
    }
}

fn verified<O>(claim: &Claim<'_>, scope: &Scope<'_>, owner: O) -> Verified<O> {
    Verified {
        owner,
        access_key_id: scope.access_key_id.to_owned(),
        region: scope.region.to_owned(),
        service: scope.service.to_owned(),
        presigned: claim.expires_s.is_some(),
    }
}

fn declared_hash(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-amz-content-sha256").map(|value| value.to_str().unwrap_or_default())
}

fn spoken(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} sec"),
    }
}

/// The host must be signed, and so must every `x-amz-` header: they say what is to be done.
fn check_signed_headers(parts: &Parts, claim: &Claim<'_>) -> Result<(), Refusal> {
    let is_signed = |name: &str| claim.signed_headers.split(';').any(|signed| signed == name);
    if !is_signed("host") {
        return Err(Refusal::Incomplete(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
        ));
    }
    // Looking up a name that is no header name would find nothing, but one in upper case would find and miss the rule below.
    if !claim
        .signed_headers
        .split(';')
        .all(|name| HeaderName::from_lowercase(name.as_bytes()).is_ok())
    {
        return Err(Refusal::Incomplete(
            "SignedHeaders must be names of headers in lower case".into(),
        ));
    }
    match parts
        .headers
        .keys()
        .find(|name| name.as_str().starts_with("x-amz-") && !is_signed(name.as_str()))
    {
        Some(name) => Err(Refusal::Incomplete(format!(
            "'{name}' must be a 'SignedHeader' in the AWS Authorization."
        ))),
        None => Ok(()),
    }
}

/// What stands for the body in the canonical request.
enum PayloadHash {
    /// The client signed without it.
    Unsigned,
    /// Its hash in hex.
    Hex([u8; 64]),
}

impl PayloadHash {
    fn of(body: &[u8]) -> Self {
        let mut digits = [0; 64];
        hex::encode_to_slice(Sha256::digest(body), &mut digits).expect("64 digits hold 32 bytes");
        Self::Hex(digits)
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Unsigned => UNSIGNED_PAYLOAD,
            Self::Hex(digits) => std::str::from_utf8(digits).expect("digits are ASCII"),
        }
    }
}

/// Returns the hash that goes into the canonical request, which is that of the body unless the client signed without it.
fn payload_hash(
    parts: &Parts,
    body: &[u8],
    claim: &Claim<'_>,
    scope: &Scope<'_>,
) -> Result<PayloadHash, Refusal> {
    let declared = declared_hash(parts);
    let unsigned_url = claim.expires_s.is_some() && scope.service == S3;
    match declared {
        Some(UNSIGNED_PAYLOAD) => Ok(PayloadHash::Unsigned),
        None if unsigned_url => Ok(PayloadHash::Unsigned),
        _ => {
            let hash = PayloadHash::of(body);
            match declared {
                Some(declared) if declared != hash.as_str() => Err(Refusal::Mismatch),
                _ => Ok(hash),
            }
        }
    }
}

fn check_token(claim: &Claim<'_>, credential: &Credential, now: SystemTime) -> Result<(), Refusal> {
    let same = match (&credential.session_token, &claim.token) {
        (Some(wanted), Some(sent)) => wanted.reveal().as_bytes().ct_eq(sent.as_bytes()).into(),
        // Long-term credentials have none; a client that sends one mixes up its credentials.
        (wanted, sent) => wanted.is_none() && sent.is_none(),
    };
    if !same {
        return Err(Refusal::UnknownKey);
    }
    match credential.expires_at {
        Some(end) if end <= now => Err(Refusal::TokenExpired),
        _ => Ok(()),
    }
}
