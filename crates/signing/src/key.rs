//! A key to sign with, and its certificate.

use std::time::Duration;

use const_oid::db::rfc5280::ID_KP_CODE_SIGNING;
use der::{Encode, EncodePem, pem::LineEnding};
use p384::{
    ecdsa,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey},
};
use sha2::{Digest, Sha256};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::{
    Certificate,
    builder::{Builder, CertificateBuilder, Profile},
    ext::pkix::ExtendedKeyUsage,
    name::Name,
    serial_number::SerialNumber,
    time::{Time, Validity},
};

use crate::certificates;

const SERIAL_BYTES: usize = 16;

/// A private key on the curve P-384 with the certificate that goes with its signatures.
pub struct SigningKey {
    pub(crate) key: ecdsa::SigningKey,
    pub(crate) certificate: Certificate,
}

/// Says why there is no key to sign with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key cannot be read.
    #[error("not a private key on the curve P-384 in PEM (PKCS #8)")]
    Key,
    /// The certificate cannot be read.
    #[error("not a certificate in PEM")]
    Certificate,
    /// They do not belong together, or the certificate is not for code.
    #[error("the certificate is not one of this key for signing code")]
    Mismatch,
    /// The name cannot be in a certificate.
    #[error("a certificate cannot have the name {0:?}")]
    Name(String),
    /// The certificate cannot be made.
    #[error("the certificate cannot be made: {0}")]
    Make(String),
}

// === impl SigningKey ===

impl SigningKey {
    /// Makes a key with a certificate of its own, in force between two times since the Unix epoch.
    pub fn generate(name: &str, from: Duration, until: Duration) -> Result<Self, KeyError> {
        let key = ecdsa::SigningKey::random(&mut p384::elliptic_curve::rand_core::OsRng);
        let make = |error: &dyn std::fmt::Display| KeyError::Make(error.to_string());
        let subject: Name =
            format!("CN={name}").parse().map_err(|_| KeyError::Name(name.to_owned()))?;
        let public = key.verifying_key().to_public_key_der().map_err(|error| make(&error))?;
        let info = SubjectPublicKeyInfoOwned::try_from(public.as_bytes()).map_err(|e| make(&e))?;
        // Numbers of certificates are positive: the first bit is zero.
        let mut serial = Sha256::digest(public.as_bytes())[..SERIAL_BYTES].to_vec();
        serial[0] &= 0x7f;
        let time = |time| Time::try_from(std::time::UNIX_EPOCH + time).map_err(|e| make(&e));
        let validity = Validity { not_before: time(from)?, not_after: time(until)? };
        let serial = SerialNumber::new(&serial).map_err(|e| make(&e))?;
        let profile = Profile::Leaf {
            issuer: subject.clone(),
            enable_key_agreement: false,
            enable_key_encipherment: false,
        };
        let mut builder = CertificateBuilder::new(profile, serial, validity, subject, info, &key)
            .map_err(|e| make(&e))?;
        let usage = ExtendedKeyUsage(vec![ID_KP_CODE_SIGNING]);
        builder.add_extension(&usage).map_err(|e| make(&e))?;
        let certificate = builder.build::<ecdsa::DerSignature>().map_err(|e| make(&e))?;
        Ok(Self { key, certificate })
    }

    /// Reads a key and its certificate.
    pub fn from_pem(key: &str, certificate: &str) -> Result<Self, KeyError> {
        let key = ecdsa::SigningKey::from_pkcs8_pem(key).map_err(|_| KeyError::Key)?;
        let certificate = certificates::from_pem(certificate).ok_or(KeyError::Certificate)?;
        let same = certificates::key_of(&certificate).as_ref() == Some(key.verifying_key());
        if !same || !certificates::signs_code(&certificate) {
            return Err(KeyError::Mismatch);
        }
        Ok(Self { key, certificate })
    }

    /// Writes the private key.
    pub fn key_pem(&self) -> Result<String, KeyError> {
        let pem = self.key.to_pkcs8_pem(LineEnding::LF);
        Ok(pem.map_err(|error| KeyError::Make(error.to_string()))?.to_string())
    }

    /// Writes the certificate.
    pub fn certificate_pem(&self) -> Result<String, KeyError> {
        let pem = self.certificate.to_pem(LineEnding::LF);
        pem.map_err(|error| KeyError::Make(error.to_string()))
    }

    /// Names the certificate: SHA-256 over it, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        // A certificate that was read or made can be written.
        hex::encode(Sha256::digest(self.certificate.to_der().unwrap_or_default()))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("certificate", &self.fingerprint())
            .finish_non_exhaustive()
    }
}
