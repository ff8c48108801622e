//! A signature: what it says, and whether it is over this content.

use cms::{
    cert::CertificateChoices,
    content_info::ContentInfo,
    signed_data::{SignedData, SignerIdentifier, SignerInfo},
};
use const_oid::{
    ObjectIdentifier,
    db::{
        rfc5911::{ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA, ID_SIGNING_TIME},
        rfc5912::{ECDSA_WITH_SHA_384, ID_SHA_384},
    },
};
use der::{
    Decode, Encode,
    asn1::{Any, OctetString, Utf8StringRef},
};
use p384::ecdsa::{DerSignature, signature::Verifier};
use sha2::{Digest, Sha384};
use x509_cert::{Certificate, attr::Attributes};

use crate::{Roots, archive::Hash, ber, certificates, when};

/// The signing job's ARN.
pub(crate) const JOB: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.187.137.1.2");
/// When the signature ends.
pub(crate) const EXPIRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.187.137.1.3");
/// The ARN of the signing profile's version.
pub(crate) const PROFILE_VERSION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.187.137.1.4");

/// A signature over the content that it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The ARN of the signing profile's version.
    pub profile_version: String,
    /// The ARN of the signing job.
    pub job: String,
    /// When it was signed.
    pub signed_ms: i64,
    /// Until when it counts.
    pub expires_ms: i64,
    /// The SHA-256 of the signer's certificate.
    pub signer: String,
    /// The SHA-256 of the operator's root that the signer's certificate leads to.
    pub root: Option<String>,
}

/// Says why a signature is not what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Integrity {
    /// It cannot be read.
    #[error("the signature cannot be read")]
    Unreadable,
    /// It is of another kind than the platform's.
    #[error("the signature is not one of ECDSA P-384 with SHA-384")]
    Kind,
    /// What it has to say is missing.
    #[error("the signature does not name profile, job, time and expiry")]
    Incomplete,
    /// The package has other content.
    #[error("the content is not what was signed")]
    Content,
    /// It was not made with the key of its certificate, or the certificate is for something else.
    #[error("the signature does not belong to its certificate")]
    Signer,
}

// === impl Signature ===

impl Signature {
    /// Reads and verifies the signature of content with this hash.
    pub(crate) fn verify(stored: &[u8], hash: &Hash, roots: &Roots) -> Result<Self, Integrity> {
        let data = parse(stored).ok_or(Integrity::Unreadable)?;
        let [signer] = data.signer_infos.0.as_slice() else { return Err(Integrity::Unreadable) };
        let detached = data.encap_content_info.econtent.is_none();
        if data.encap_content_info.econtent_type != ID_DATA
            || !detached
            || signer.digest_alg.oid != ID_SHA_384
            || signer.signature_algorithm.oid != ECDSA_WITH_SHA_384
        {
            return Err(Integrity::Kind);
        }
        let attributes = signer.signed_attrs.as_ref().ok_or(Integrity::Incomplete)?;
        let chain: Vec<Certificate> = certificates_of(&data);
        let leaf = chain.iter().find(|one| names(&signer.sid, one)).ok_or(Integrity::Signer)?;
        let claims = Claims::read(attributes).ok_or(Integrity::Incomplete)?;
        if claims.digest != Sha384::digest(hash).as_slice() {
            return Err(Integrity::Content);
        }
        let genuine = is_by(leaf, signer, attributes).unwrap_or(false);
        if !genuine
            || !certificates::signs_code(leaf)
            || !certificates::holds_at(leaf, claims.signed_ms)
        {
            return Err(Integrity::Signer);
        }
        Ok(Self {
            signer: certificates::fingerprint(leaf).ok_or(Integrity::Signer)?,
            root: roots.of(leaf, &chain, claims.signed_ms),
            profile_version: claims.profile_version,
            job: claims.job,
            signed_ms: claims.signed_ms,
            expires_ms: claims.expires_ms,
        })
    }
}

/// What the signed attributes say.
struct Claims {
    digest: Vec<u8>,
    profile_version: String,
    job: String,
    signed_ms: i64,
    expires_ms: i64,
}

// === impl Claims ===

impl Claims {
    fn read(attributes: &Attributes) -> Option<Self> {
        Some(Self {
            digest: one(attributes, ID_MESSAGE_DIGEST)?
                .decode_as::<OctetString>()
                .ok()?
                .into_bytes(),
            profile_version: text(one(attributes, PROFILE_VERSION)?)?,
            job: text(one(attributes, JOB)?)?,
            signed_ms: when::read(one(attributes, ID_SIGNING_TIME)?)?,
            expires_ms: when::read(one(attributes, EXPIRY)?)?,
        })
    }
}

/// Gives the value of an attribute that there is once and has one value.
fn one(attributes: &Attributes, oid: ObjectIdentifier) -> Option<&Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (Some(attribute), None) = (found.next(), found.next()) else { return None };
    let [value] = attribute.values.as_slice() else { return None };
    Some(value)
}

fn text(value: &Any) -> Option<String> {
    Some(value.decode_as::<Utf8StringRef<'_>>().ok()?.as_str().to_owned())
}

/// Reads PEM, or what PEM holds.
fn parse(stored: &[u8]) -> Option<SignedData> {
    let decoded;
    let bytes = if stored.starts_with(b"-----") {
        let (label, bytes) = pem_rfc7468::decode_vec(stored).ok()?;
        (label == "PKCS7").then_some(())?;
        decoded = bytes;
        &decoded[..]
    } else {
        stored
    };
    let der = ber::to_der(bytes)?;
    let content = ContentInfo::from_der(&der).ok()?;
    (content.content_type == ID_SIGNED_DATA).then(|| content.content.decode_as().ok())?
}

fn certificates_of(data: &SignedData) -> Vec<Certificate> {
    let choices = data.certificates.iter().flat_map(|set| set.0.iter());
    let certificates = choices.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
        CertificateChoices::Other(_) => None,
    });
    certificates.collect()
}

fn names(signer: &SignerIdentifier, certificate: &Certificate) -> bool {
    let SignerIdentifier::IssuerAndSerialNumber(named) = signer else { return false };
    named.issuer == certificate.tbs_certificate.issuer
        && named.serial_number == certificate.tbs_certificate.serial_number
}

/// Tells whether the attributes were signed with the key of this certificate.
fn is_by(leaf: &Certificate, signer: &SignerInfo, attributes: &Attributes) -> Option<bool> {
    let signature = DerSignature::from_der(signer.signature.as_bytes()).ok()?;
    let content = attributes.to_der().ok()?;
    Some(certificates::key_of(leaf)?.verify(&content, &signature).is_ok())
}
