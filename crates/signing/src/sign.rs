//! Making a signature.

use std::io::{Read, Seek, Write};

use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    signed_data::{
        CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo,
        SignerInfos,
    },
};
use const_oid::{
    ObjectIdentifier,
    db::{
        rfc5911::{ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA, ID_SIGNING_TIME},
        rfc5912::{ECDSA_WITH_SHA_384, ID_SHA_384},
    },
};
use der::{
    Encode,
    asn1::{Any, OctetString, SetOfVec, Utf8StringRef},
};
use p384::ecdsa::{DerSignature, signature::Signer};
use pem_rfc7468::LineEnding;
use sha2::{Digest, Sha384};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::{Attribute, Attributes};

use crate::{
    ArchiveError, SigningKey,
    archive::{self, Hash},
    signature::{EXPIRY, JOB, PROFILE_VERSION},
    when,
};

/// What a signature says beside that it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The ARN of the signing profile's version.
    pub profile_version: String,
    /// The ARN of the signing job.
    pub job: String,
    /// When it is signed, in milliseconds since the Unix epoch.
    pub signed_ms: i64,
    /// Until when the signature counts.
    pub expires_ms: i64,
}

/// Says why a package cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The package cannot be read, or the signed one not be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The signature cannot be encoded.
    #[error("the signature cannot be encoded: {0}")]
    Encode(#[from] der::Error),
    /// A time is out of range.
    #[error("a time is out of range")]
    Time,
}

/// Copies a package and signs the copy.
pub fn sign(
    archive: impl Read + Seek,
    out: impl Write + Seek,
    key: &SigningKey,
    statement: &Statement,
) -> Result<(), SignError> {
    archive::add_signature(archive, out, u64::MAX, |hash| signature(hash, key, statement))
}

fn signature(hash: &Hash, key: &SigningKey, statement: &Statement) -> Result<String, SignError> {
    let attributes = attributes(hash, statement)?;
    let signature: DerSignature = key.key.sign(&attributes.to_der()?);
    let sha384 = AlgorithmIdentifierOwned { oid: ID_SHA_384, parameters: None };
    let certificate = &key.certificate.tbs_certificate;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: certificate.issuer.clone(),
            serial_number: certificate.serial_number.clone(),
        }),
        digest_alg: sha384.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA_384, parameters: None },
        signature: OctetString::new(signature.as_bytes())?,
        unsigned_attrs: None,
    };
    let own = CertificateChoices::Certificate(key.certificate.clone());
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha384])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: ID_DATA, econtent: None },
        certificates: Some(CertificateSet(SetOfVec::try_from(vec![own])?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
    };
    let content = Any::encode_from(&data)?;
    let der = ContentInfo { content_type: ID_SIGNED_DATA, content }.to_der()?;
    let pem = pem_rfc7468::encode_string("PKCS7", LineEnding::LF, &der);
    pem.map_err(|_| SignError::Encode(der::ErrorKind::Failed.into()))
}

fn attributes(hash: &Hash, statement: &Statement) -> Result<Attributes, SignError> {
    let text = |text: &str| Any::encode_from(&Utf8StringRef::new(text)?);
    let time = |ms| when::write(ms).ok_or(SignError::Time);
    let digest = OctetString::new(Sha384::digest(hash).as_slice())?;
    let values = [
        (ID_CONTENT_TYPE, Any::encode_from(&ID_DATA)?),
        (ID_MESSAGE_DIGEST, Any::encode_from(&digest)?),
        (ID_SIGNING_TIME, time(statement.signed_ms)?),
        (JOB, text(&statement.job)?),
        (EXPIRY, time(statement.expires_ms)?),
        (PROFILE_VERSION, text(&statement.profile_version)?),
    ];
    let attribute = |(oid, value): (ObjectIdentifier, Any)| -> der::Result<Attribute> {
        Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
    };
    let all = values.into_iter().map(attribute).collect::<der::Result<Vec<_>>>()?;
    Ok(SetOfVec::try_from(all)?)
}
