//! Certificates: who signed whom, and up to which root.

use std::collections::BTreeMap;

use const_oid::db::{
    rfc5280::ID_KP_CODE_SIGNING,
    rfc5912::{ECDSA_WITH_SHA_384, ID_EC_PUBLIC_KEY, SECP_384_R_1},
};
use der::{Decode, DecodePem, Encode};
use p384::ecdsa::{DerSignature, VerifyingKey, signature::Verifier};
use sha2::{Digest, Sha256};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::{
    Certificate,
    ext::pkix::{BasicConstraints, ExtendedKeyUsage},
};

/// Chains are far shorter.
const MAX_CHAIN: usize = 10;

/// The certificates that the operator trusts to have signed signers' certificates.
#[derive(Clone, Debug, Default)]
pub struct Roots(BTreeMap<String, Certificate>);

/// A file does not hold certificates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no certificates in PEM: {0}")]
pub struct RootsError(String);

// === impl Roots ===

impl Roots {
    /// Adds the certificates of a PEM text.
    pub fn add(&mut self, pem: &str) -> Result<(), RootsError> {
        let found = Certificate::load_pem_chain(pem.as_bytes());
        let found = found.map_err(|error| RootsError(error.to_string()))?;
        if found.is_empty() {
            return Err(RootsError("it is empty".to_owned()));
        }
        for certificate in found {
            let name = fingerprint(&certificate).ok_or_else(|| RootsError("damaged".to_owned()))?;
            self.0.insert(name, certificate);
        }
        Ok(())
    }

    /// Tells whether the operator trusts the certificate of this fingerprint.
    pub fn contains(&self, fingerprint: &str) -> bool {
        self.0.contains_key(fingerprint)
    }

    /// Follows the issuers of `leaf` and gives the fingerprint of the root that they lead to.
    pub(crate) fn of(
        &self,
        leaf: &Certificate,
        chain: &[Certificate],
        signed_ms: i64,
    ) -> Option<String> {
        let mut current = leaf;
        for _ in 0..MAX_CHAIN {
            if !holds_at(current, signed_ms) {
                return None;
            }
            let own = fingerprint(current)?;
            if self.contains(&own) {
                return Some(own);
            }
            let root = self.0.iter().find(|(_, root)| issued(root, current));
            if let Some((name, root)) = root {
                return holds_at(root, signed_ms).then(|| name.clone());
            }
            current = chain.iter().find(|issuer| *issuer != current && issued(issuer, current))?;
        }
        None
    }
}

/// Reads the key of a certificate.
pub(crate) fn key_of(certificate: &Certificate) -> Option<VerifyingKey> {
    let info = &certificate.tbs_certificate.subject_public_key_info;
    let SubjectPublicKeyInfoOwned { algorithm, subject_public_key } = info;
    let curve = algorithm.parameters.as_ref()?.decode_as::<der::asn1::ObjectIdentifier>().ok()?;
    if algorithm.oid != ID_EC_PUBLIC_KEY || curve != SECP_384_R_1 {
        return None;
    }
    VerifyingKey::from_sec1_bytes(subject_public_key.as_bytes()?).ok()
}

/// Tells whether a certificate is for signing code.
pub(crate) fn signs_code(certificate: &Certificate) -> bool {
    let usage = certificate.tbs_certificate.get::<ExtendedKeyUsage>();
    matches!(usage, Ok(Some((_, usage))) if usage.0.contains(&ID_KP_CODE_SIGNING))
}

/// Tells whether a certificate was in force at a time.
pub(crate) fn holds_at(certificate: &Certificate, time_ms: i64) -> bool {
    let validity = &certificate.tbs_certificate.validity;
    let ms = |time: &x509_cert::time::Time| time.to_unix_duration().as_millis();
    u128::try_from(time_ms)
        .is_ok_and(|time| ms(&validity.not_before) <= time && time <= ms(&validity.not_after))
}

/// Names a certificate: SHA-256 over it, in hexadecimal.
pub(crate) fn fingerprint(certificate: &Certificate) -> Option<String> {
    Some(hex::encode(Sha256::digest(certificate.to_der().ok()?)))
}

/// Reads one certificate in PEM.
pub(crate) fn from_pem(pem: &str) -> Option<Certificate> {
    Certificate::from_pem(pem).ok()
}

/// Tells whether `issuer` may sign certificates and has signed this one.
fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let constraints = issuer.tbs_certificate.get::<BasicConstraints>();
    issuer.tbs_certificate.subject == certificate.tbs_certificate.issuer
        && matches!(constraints, Ok(Some((_, BasicConstraints { ca: true, .. }))))
        && has_signed(issuer, certificate).unwrap_or(false)
}

fn has_signed(issuer: &Certificate, certificate: &Certificate) -> Option<bool> {
    let algorithm = &certificate.signature_algorithm;
    if algorithm.oid != ECDSA_WITH_SHA_384 || *algorithm != certificate.tbs_certificate.signature {
        return None;
    }
    let signature = DerSignature::from_der(certificate.signature.as_bytes()?).ok()?;
    let signed = certificate.tbs_certificate.to_der().ok()?;
    Some(key_of(issuer)?.verify(&signed, &signature).is_ok())
}
